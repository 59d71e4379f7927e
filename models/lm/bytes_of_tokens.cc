// SPDX-License-Identifier: Apache-2.0
#include "models/lm/bytes_of_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "codecs/common/predictors.h"
#include "generator/decorators.h"
#include "models/lm/lm_predictor.h"
#include "models/lm/sorted_vocabulary.h"
#include "models/lm/token_boundaries.h"
#include "models/paged_array.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Of what is predicted, each byte has at least this share: that of a byte that no token begins
// with.
constexpr double kFloor = 0x1p-24;

// The model is asked about a boundary whose share may be so many times what is dropped, if nothing
// came after it yet, and if something did. What was not asked about costs nothing to keep and is
// dropped late.
constexpr double kAsked = 1024;
constexpr double kAskedLater = 256;
constexpr double kKept = 1.0 / 128;

// Where the bytes since an unread boundary are ones that the model can't write, its weight grows as
// they become unlikely. One above this will not be asked about any more.
constexpr double kMostWeight = 0x1p900;

// What probabilities the next byte had after a token where the model was asked about it lately:
// what is assumed where it isn't asked. Some of it, and all after a token that it was never asked
// about, is what they were after any token.
class NextBytes {
 public:
  explicit NextBytes(std::size_t tokens) : rows_((tokens + 1) * kRow), average_(tokens) {
    for (float& each : row(average_)) each = 1.0F / kRow;
  }

  void learn(Symbol token, std::span<const double, 256> probabilities) {
    move(row(token), probabilities, is_known(token) ? kRate : 1);
    move(row(average_), probabilities, kAverageRate);
  }

  [[nodiscard]] double after(Symbol token, Byte byte) const {
    if (!is_known(token)) return after_any(byte);
    constexpr double kOfAny = 0.1;
    return (1 - kOfAny) * rows_[token * kRow + byte] + kOfAny * after_any(byte);
  }
  [[nodiscard]] double after_any(Byte byte) const { return rows_[average_ * kRow + byte]; }

 private:
  static constexpr std::size_t kRow = 256;
  static constexpr float kRate = 0.3F;
  static constexpr float kAverageRate = 0.02F;

  [[nodiscard]] std::span<float> row(std::size_t token) {
    return rows_.edit_items(token * kRow, kRow);
  }
  [[nodiscard]] bool is_known(Symbol token) const {
    return std::ranges::any_of(rows_.items(token * kRow, kRow),
                               [](float each) { return each > 0; });
  }
  static void move(std::span<float> row, std::span<const double, 256> to, float rate) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] += rate * (static_cast<float>(to[i]) - row[i]);
    }
  }

  PagedArray<float> rows_;  // of each token, and of any; zero: the model was never asked
  std::size_t average_;
};

// One way to cut the bytes into tokens: those up to a boundary, and one more of the range, of which
// the first `depth` bytes are seen and at least one is not.
struct Hypothesis {
  std::shared_ptr<const Boundary> boundary;
  TokenRange range;
  std::size_t depth = 0;
  double weight = 0;  // of the tokens up to the boundary

  [[nodiscard]] double share() const { return weight * boundary->probability(range); }
};

// A boundary that the model has not been asked about yet, since its share is small: a token after
// another boundary, and the bytes that came since.
struct Unread {
  std::shared_ptr<const Boundary> before;
  Symbol token = 0;
  double weight = 0;  // of the tokens up to its boundary
  double share = 0;   // with the bytes since, by what is assumed of them
  Bytes since;
};

class BytesOfTokens final : public BytePredictor {
 public:
  BytesOfTokens(TokenBeginning beginning, std::shared_ptr<const SortedVocabulary> vocabulary,
                const BytesOptions& options)
      : vocabulary_(std::move(vocabulary)),
        reader_(vocabulary_, kAsked * options.prune),
        next_bytes_(vocabulary_->tokenizer().size()),
        options_(options) {
    const bool begins = !beginning.last;
    hypotheses_ = {whole(reader_.at(std::move(beginning.stream), beginning.last))};
    if (begins) observe(vocabulary_->tokenizer().text_prefix());
  }

  [[nodiscard]] std::span<const Hypothesis> hypotheses() const { return hypotheses_; }

  void observe(ByteView bytes) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) take(bytes[i], bytes.subspan(i + 1));
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    normalize(next_weights(), among, out);
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    const Bytes bytes(symbols.begin(), symbols.end());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::array<double, 256> weights = next_weights();
      const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      visit(std::min(0.0, portable_log2(weights[bytes[i]]) - portable_log2(sum)));
      take(bytes[i], ByteView(bytes).subspan(i + 1));
    }
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    const Bytes bytes(symbols.begin(), symbols.end());
    if (!visit) return observe(bytes);
    std::vector<double> before(among.empty() ? alphabet_size() : among.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      log2_probs_among(among.empty() ? all_bytes() : among, before);
      visit(before);
      take(bytes[i], ByteView(bytes).subspan(i + 1));
    }
  }

  [[nodiscard]] std::uint64_t parameter_count() const override { return model().parameter_count(); }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<BytesOfTokens>(*this);
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{}, the bytes of {} tokens", model().describe(), vocabulary_->size());
  }

 private:
  [[nodiscard]] const LanguageModel& model() const { return hypotheses_.front().boundary->model(); }

  // That any token may follow.
  [[nodiscard]] Hypothesis whole(std::shared_ptr<const Boundary> boundary) const {
    return {std::move(boundary), vocabulary_->all(), 0, 1};
  }

  // Of each byte that may come next; how they sum is left to who asks.
  [[nodiscard]] std::array<double, 256> next_weights() const {
    std::array<double, 256> weights{};
    for (const Hypothesis& hypothesis : hypotheses_) {
      vocabulary_->each_next(hypothesis.range, hypothesis.depth, [&](Byte byte, TokenRange range) {
        weights[byte] += hypothesis.weight * hypothesis.boundary->probability(range);
      });
    }
    for (const Unread& unread : unread_) {
      for (std::size_t byte = 0; byte < weights.size(); ++byte) {
        weights[byte] += unread.share * assumed(unread, static_cast<Byte>(byte));
      }
    }
    const double total = all_shares();
    for (double& weight : weights) weight = std::max(weight, 0.0) + total * kFloor;
    return weights;
  }

  // Of a byte after what an unread boundary has seen.
  [[nodiscard]] double assumed(const Unread& unread, Byte byte) const {
    return unread.since.empty() ? next_bytes_.after(unread.token, byte)
                                : next_bytes_.after_any(byte);
  }

  // `coming`: what is known of the text after the byte.
  void take(Byte byte, ByteView coming) {
    const Hypothesis likeliest = *std::ranges::max_element(hypotheses_, {}, &Hypothesis::share);
    narrow(byte, coming);
    if (hypotheses_.empty()) {
      hypotheses_ = {begun_anew(likeliest)};
      unread_.clear();
      narrow(byte, coming);
    }
    if (hypotheses_.empty()) {
      // No token begins with the byte: the model never learns of it.
      hypotheses_ = {begun_anew(likeliest)};
    }
    drop_unlikely();
  }

  // Takes the byte into all hypotheses; a token that ends with it makes a boundary, which is read
  // where it may matter.
  void narrow(Byte byte, ByteView coming) {
    const std::vector<Hypothesis> before = std::move(hypotheses_);
    hypotheses_.clear();
    for (Unread& unread : unread_) {
      unread.share *= assumed(unread, byte);
      unread.since.push_back(byte);
    }
    std::vector<Hypothesis> narrowed;
    for (const Hypothesis& from : before) narrow(from, byte, {}, narrowed);
    hypotheses_ = std::move(narrowed);
    read_likely(coming);
  }

  // `since`: what comes after the byte.
  void narrow(const Hypothesis& from, Byte byte, ByteView since,
              std::vector<Hypothesis>& narrowed) {
    Hypothesis hypothesis = from;
    hypothesis.range = vocabulary_->narrowed(from.range, from.depth, byte);
    ++hypothesis.depth;
    const TokenRange ending = vocabulary_->ending(hypothesis.range, hypothesis.depth);
    for (std::size_t place = ending.begin; place < ending.end; ++place) {
      const double weight = from.weight * from.boundary->probability({place, place + 1});
      const Symbol token = vocabulary_->token(place);
      if (weight > 0 && reader_.follows(*from.boundary, token)) {
        unread_.push_back(
            {from.boundary, token, weight, weight, Bytes(since.begin(), since.end())});
      }
    }
    hypothesis.range.begin = ending.end;
    if (hypothesis.share() > 0) narrowed.push_back(std::move(hypothesis));
  }

  [[nodiscard]] double all_shares() const {
    double total = 0;
    for (const Hypothesis& hypothesis : hypotheses_) total += hypothesis.share();
    for (const Unread& unread : unread_) total += unread.share;
    return total;
  }

  // Asks the model about what matters, the likeliest first.
  void read_likely(ByteView coming) {
    double total = all_shares();
    while (!unread_.empty()) {
      const auto likeliest = std::ranges::max_element(unread_, {}, &Unread::share);
      const double least =
          (likeliest->since.empty() ? kAsked : kAskedLater) * options_.prune * total;
      if (likeliest->share < least && !hypotheses_.empty()) return;
      const Unread unread = std::move(*likeliest);
      unread_.erase(likeliest);
      if (reader_.may_go_on(unread.token, unread.since)) {
        const bool is_likely = 2 * unread.share > total;
        read(unread,
             is_likely ? after(unread, coming) : reader_.aside(unread.before, unread.token));
      }
      total = all_shares();
    }
  }

  void read(const Unread& unread, std::shared_ptr<const Boundary> boundary) {
    std::vector<Hypothesis> at = {whole(std::move(boundary))};
    at.front().weight = unread.weight;
    learn_next_bytes(unread.token, at.front());
    ByteView since = unread.since;
    while (!since.empty() && !at.empty()) {
      std::vector<Hypothesis> narrowed;
      narrow(at.front(), since.front(), since.subspan(1), narrowed);
      at = std::move(narrowed);
      since = since.subspan(1);
    }
    std::ranges::move(at, std::back_inserter(hypotheses_));
  }

  // The boundary, behind which the text is likely to go on with what comes.
  [[nodiscard]] std::shared_ptr<const Boundary> after(const Unread& unread, ByteView coming) {
    if (coming.empty()) return reader_.after(unread.before, unread.token, {});
    const ByteView token = vocabulary_->tokenizer().bytes_of(unread.token);
    Bytes text(token.begin(), token.end());
    text.insert(text.end(), unread.since.begin(), unread.since.end());
    const ByteView more = coming.first(std::min(coming.size(), BoundaryReader::kLookedAt));
    text.insert(text.end(), more.begin(), more.end());
    return reader_.after(unread.before, unread.token, text);
  }

  void learn_next_bytes(Symbol token, const Hypothesis& after) {
    std::array<double, 256> probabilities{};
    vocabulary_->each_next(after.range, 0, [&](Byte byte, TokenRange range) {
      probabilities[byte] = after.boundary->probability(range);
    });
    next_bytes_.learn(token, probabilities);
  }

  // Keeps as many as were asked for, whose share is not too small, and lets shares sum to 1.
  void drop_unlikely() {
    const double total = all_shares();
    const auto drop = [&](auto& all, const auto& share, double least) {
      std::ranges::stable_sort(all, std::ranges::greater{}, share);
      const auto end = std::ranges::find_if(
          all, [&](const auto& one) { return std::invoke(share, one) < least; });
      all.erase(end, all.end());
      if (all.size() > options_.hypotheses) all.resize(options_.hypotheses);
    };
    drop(hypotheses_, &Hypothesis::share, options_.prune * total);
    drop(unread_, &Unread::share, kKept * options_.prune * total);
    std::erase_if(unread_, [](const Unread& unread) { return unread.weight > kMostWeight; });
    for (Hypothesis& hypothesis : hypotheses_) hypothesis.weight /= total;
    for (Unread& unread : unread_) {
      unread.weight /= total;
      unread.share /= total;
    }
  }

  // Where no hypothesis goes on with a byte: the likeliest one, with the bytes that it has of a
  // token as tokens of their own where they have some.
  [[nodiscard]] Hypothesis begun_anew(const Hypothesis& likeliest) const {
    TokenStream stream = likeliest.boundary->stream();
    const ByteView seen = vocabulary_->bytes(likeliest.range.begin).first(likeliest.depth);
    try {
      stream.append(vocabulary_->tokenizer().encode_more(seen));
    } catch (const Error&) {
      // No tokens stand for them alone, so the model never learns of them.
    }
    return whole(reader_.at(std::move(stream), std::nullopt));
  }

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  BoundaryReader reader_;
  NextBytes next_bytes_;
  BytesOptions options_;
  std::vector<Hypothesis> hypotheses_;  // never none
  std::vector<Unread> unread_;
};

class OpenTokens final : public OpenEnd {
 public:
  OpenTokens(std::span<const Hypothesis> hypotheses,
             std::shared_ptr<const SortedVocabulary> vocabulary,
             std::function<std::unique_ptr<Predictor>(TokenStream)> predictor)
      : vocabulary_(std::move(vocabulary)), predictor_(std::move(predictor)) {
    for (const Hypothesis& hypothesis : hypotheses) {
      if (hypothesis.depth == 0) {
        add({hypothesis, std::nullopt}, hypothesis.share());
        continue;
      }
      for (std::size_t place = hypothesis.range.begin; place < hypothesis.range.end; ++place) {
        add({hypothesis, place},
            hypothesis.weight * hypothesis.boundary->probability({place, place + 1}));
      }
    }
    double total = 0;
    for (const double share : log2_probs_) total += share;
    for (double& share : log2_probs_) share = portable_log2(share / total);
  }

  [[nodiscard]] std::span<const double> log2_probs() const override { return log2_probs_; }

  [[nodiscard]] ByteView bytes(std::size_t way) const override {
    const Way& chosen = ways_[way];
    if (!chosen.place) return {};
    return vocabulary_->bytes(*chosen.place).subspan(chosen.hypothesis.depth);
  }

  [[nodiscard]] std::unique_ptr<Predictor> after(std::size_t way) const override {
    const Way& chosen = ways_[way];
    TokenStream stream = chosen.hypothesis.boundary->stream();
    if (chosen.place) {
      const Symbol token = vocabulary_->token(*chosen.place);
      stream.append({&token, 1});
    }
    return predictor_(std::move(stream));
  }

 private:
  struct Way {
    Hypothesis hypothesis;
    std::optional<std::size_t> place;  // of the token; none: the bytes end with a token
  };

  void add(Way way, double share) {
    if (share <= kLeastShare) return;
    ways_.push_back(std::move(way));
    log2_probs_.push_back(share);
  }

  static constexpr double kLeastShare = 1e-12;  // what sums of floats still tell apart

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  std::function<std::unique_ptr<Predictor>(TokenStream)> predictor_;
  std::vector<Way> ways_;
  std::vector<double> log2_probs_;
};

constexpr OptionInfo kOptions[] = {
    {.key = "hypotheses",
     .min = 1,
     .max = 1024,
     .fallback = "8",
     .unit = "number of hypotheses",
     .summary = "ways to cut the bytes into tokens that are followed at most"},
    {.key = "prune",
     .min = 1,
     .max = 60,
     .fallback = "16",
     .unit = "bound",
     .summary = "those are dropped whose share is below 2^-prune"}};

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& options) {
  if (spec.inner()[0].has("torch")) {
    throw Error(Error::Kind::kUsage, spec.text(),
                "takes tokens back, which a model that libtorch computes can't",
                "leave out torch=");
  }
  const std::uint64_t prune = spec.number("prune");
  std::unique_ptr<Predictor> model = make_predictor(spec.inner()[0]);
  std::unique_ptr<Predictor> made =
      bytes_of(*model, {.hypotheses = spec.number("hypotheses"),
                        .prune = portable_exp2(-static_cast<double>(prune))});
  const bool is_language_model = spec.inner()[0].info().files != nullptr;
  if (!made && is_language_model) made = std::move(model);  // over bytes already
  if (made) {
    if (!options.corpus.empty()) made->observe(options.corpus);
    return limit_window(std::move(made), options.context_window, options.corpus.size());
  }
  throw Error(Error::Kind::kUsage, spec.text(), "the symbols of its model are bytes already",
              fmt::format("{} does the same", spec.inner()[0].text()));
}

}  // namespace

std::unique_ptr<Predictor> make_bytes_of_tokens(TokenStream stream,
                                                std::shared_ptr<const Tokenizer> tokenizer,
                                                const BytesOptions& options) {
  return std::make_unique<BytesOfTokens>(
      TokenBeginning{std::move(stream), std::nullopt},
      std::make_shared<const SortedVocabulary>(std::move(tokenizer)), options);
}

std::unique_ptr<OpenEnd> open_end_of_tokens(
    TokenBeginning beginning, std::shared_ptr<const SortedVocabulary> vocabulary, ByteView bytes,
    std::function<std::unique_ptr<Predictor>(TokenStream)> predictor) {
  BytesOfTokens model(std::move(beginning), vocabulary, {});
  model.observe(bytes);
  return std::make_unique<OpenTokens>(model.hypotheses(), std::move(vocabulary),
                                      std::move(predictor));
}

constinit const ModelInfo kBytes{.name = "bytes",
                                 .summary = "the bytes of a language model over tokens",
                                 .options = kOptions,
                                 .inner = ModelInfo::Inner::kAfterOptions,
                                 .example = "bytes:lm:DIR",
                                 .make_predictor = make};

}  // namespace zipdream
