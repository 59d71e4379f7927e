// SPDX-License-Identifier: Apache-2.0
#include "models/lm/bytes_of_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "codecs/common/predictors.h"
#include "generator/decorators.h"
#include "models/lm/lm_predictor.h"
#include "models/lm/sorted_vocabulary.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Of what is predicted, each byte has at least this share: that of a byte that no token begins
// with.
constexpr double kFloor = 0x1p-24;

// The model is asked about a boundary whose share may be so many times what is dropped.
constexpr double kAsked = 8;

// From this bound on nothing is merged: 2^-30.
constexpr std::uint64_t kExact = 30;

// Where a token ends: the model after it.
struct Boundary {
  TokenStream stream;
  std::vector<double> sums;  // sums[i]: the probability of the first i tokens, sorted by bytes

  std::optional<Symbol> last;  // the token that ended; none where the text began

  Boundary(TokenStream at, std::optional<Symbol> token, const SortedVocabulary& vocabulary)
      : stream(std::move(at)), sums(vocabulary.size() + 1), last(token) {
    std::vector<double> log2_probs(vocabulary.size());
    stream.log2_probs_of(vocabulary.tokens(), log2_probs);
    for (std::size_t i = 0; i < log2_probs.size(); ++i) {
      sums[vocabulary.places()[i] + 1] = portable_exp2(log2_probs[i]);
    }
    for (std::size_t i = 1; i < sums.size(); ++i) sums[i] += sums[i - 1];
  }

  [[nodiscard]] double probability(TokenRange range) const {
    return sums[range.end] - sums[range.begin];
  }
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
  double weight = 0;  // of the tokens up to its boundary: what its share is at most
  Bytes since;

  [[nodiscard]] std::size_t bytes_since() const { return since.size(); }
};

class BytesOfTokens final : public BytePredictor {
 public:
  BytesOfTokens(TokenBeginning beginning, std::shared_ptr<const SortedVocabulary> vocabulary,
                const BytesOptions& options)
      : vocabulary_(std::move(vocabulary)),
        pairs_(std::make_shared<const CanonicalPairs>(vocabulary_)),
        options_(options) {
    const bool begins = !beginning.last;
    hypotheses_ = {whole(std::move(beginning.stream), beginning.last)};
    if (begins) observe(vocabulary_->tokenizer().text_prefix());
  }

  [[nodiscard]] std::span<const Hypothesis> hypotheses() const { return hypotheses_; }

  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) take(byte);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights{};
    double total = 0;
    for (const Hypothesis& hypothesis : hypotheses_) {
      total += hypothesis.share();
      vocabulary_->each_next(hypothesis.range, hypothesis.depth, [&](Byte byte, TokenRange range) {
        weights[byte] += hypothesis.weight * hypothesis.boundary->probability(range);
      });
    }
    for (double& weight : weights) weight = std::max(weight, 0.0) + total * kFloor;
    normalize(weights, among, out);
  }

  [[nodiscard]] std::uint64_t parameter_count() const override { return model().parameter_count(); }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<BytesOfTokens>(*this);
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{}, the bytes of {} tokens", model().describe(), vocabulary_->size());
  }

 private:
  [[nodiscard]] const LanguageModel& model() const {
    return hypotheses_.front().boundary->stream.model();
  }

  // That any token may follow.
  [[nodiscard]] Hypothesis whole(TokenStream stream, std::optional<Symbol> last) const {
    return {std::make_shared<const Boundary>(std::move(stream), last, *vocabulary_),
            vocabulary_->all(), 0, 1};
  }

  void take(Byte byte) {
    const Hypothesis likeliest = *std::ranges::max_element(hypotheses_, {}, &Hypothesis::share);
    narrow(byte);
    if (hypotheses_.empty()) {
      hypotheses_ = {begun_anew(likeliest)};
      unread_.clear();
      narrow(byte);
    }
    if (hypotheses_.empty()) {
      // No token begins with the byte: the model never learns of it.
      hypotheses_ = {begun_anew(likeliest)};
    }
    drop_unlikely();
  }

  // Takes the byte into all hypotheses; a token that ends with it makes a boundary, which is read
  // where it may matter.
  void narrow(Byte byte) {
    const std::vector<Hypothesis> before = std::move(hypotheses_);
    hypotheses_.clear();
    for (Unread& unread : unread_) unread.since.push_back(byte);
    std::vector<Hypothesis> narrowed;
    for (const Hypothesis& from : before) narrow(from, byte, {}, narrowed);
    hypotheses_ = std::move(narrowed);
    read_likely();
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
      if (weight > 0 && follows(from, vocabulary_->token(place))) {
        add_boundary(
            {from.boundary, vocabulary_->token(place), weight, Bytes(since.begin(), since.end())});
      }
    }
    hypothesis.range.begin = ending.end;
    if (hypothesis.share() > 0) narrowed.push_back(std::move(hypothesis));
  }

  // Of boundaries at the same place only the likeliest is followed, with the weight of all: what
  // the model says after them is nearly the same.
  void add_boundary(Unread boundary) {
    if (options_.merge) {
      const std::size_t since = boundary.since.size();
      const auto read = std::ranges::find(hypotheses_, since, &Hypothesis::depth);
      if (read != hypotheses_.end()) {
        if (read->weight >= boundary.weight) {
          read->weight += boundary.weight;
          return;
        }
        boundary.weight += read->weight;
        hypotheses_.erase(read);
      }
      const auto unread = std::ranges::find(unread_, since, &Unread::bytes_since);
      if (unread != unread_.end()) {
        const double both = unread->weight + boundary.weight;
        if (unread->weight < boundary.weight) *unread = std::move(boundary);
        unread->weight = both;
        return;
      }
    }
    unread_.push_back(std::move(boundary));
  }

  [[nodiscard]] bool follows(const Hypothesis& from, Symbol token) const {
    return !from.boundary->last || pairs_->stand_together(*from.boundary->last, token);
  }

  [[nodiscard]] double read_share() const {
    double total = 0;
    for (const Hypothesis& hypothesis : hypotheses_) total += hypothesis.share();
    return total;
  }

  // Asks the model about what may matter, the likeliest first.
  void read_likely() {
    double total = read_share();
    while (!unread_.empty()) {
      const auto likeliest = std::ranges::max_element(unread_, {}, &Unread::weight);
      if (likeliest->weight < kAsked * options_.prune * total) return;
      const Unread unread = std::move(*likeliest);
      unread_.erase(likeliest);
      if (!pairs_->may_go_on(unread.token, unread.since)) continue;
      read(unread);
      total = read_share();
    }
  }

  void read(const Unread& unread) {
    TokenStream stream = unread.before->stream;
    stream.append({&unread.token, 1});
    std::vector<Hypothesis> at = {whole(std::move(stream), unread.token)};
    at.front().weight = unread.weight;
    ByteView since = unread.since;
    while (!since.empty() && !at.empty()) {
      std::vector<Hypothesis> narrowed;
      narrow(at.front(), since.front(), since.subspan(1), narrowed);
      at = std::move(narrowed);
      since = since.subspan(1);
    }
    std::ranges::move(at, std::back_inserter(hypotheses_));
  }

  // Keeps as many as were asked for, whose share is not too small, and lets shares sum to 1.
  void drop_unlikely() {
    const double total = read_share();
    std::ranges::stable_sort(hypotheses_, std::ranges::greater{}, &Hypothesis::share);
    std::ranges::stable_sort(unread_, std::ranges::greater{}, &Unread::weight);
    const auto drop = [&](auto& all, const auto& share) {
      const double least = options_.prune * total;
      const auto end =
          std::ranges::find_if(all, [&](const auto& one) { return share(one) < least; });
      all.erase(end, all.end());
      if (all.size() > options_.hypotheses) all.resize(options_.hypotheses);
    };
    drop(hypotheses_, [](const Hypothesis& one) { return one.share(); });
    drop(unread_, [](const Unread& one) { return one.weight; });
    for (Hypothesis& hypothesis : hypotheses_) hypothesis.weight /= total;
    for (Unread& unread : unread_) unread.weight /= total;
  }

  // Where no hypothesis goes on with a byte: the likeliest one, with the bytes that it has of a
  // token as tokens of their own where they have some.
  [[nodiscard]] Hypothesis begun_anew(const Hypothesis& likeliest) const {
    TokenStream stream = likeliest.boundary->stream;
    const ByteView seen = vocabulary_->bytes(likeliest.range.begin).first(likeliest.depth);
    try {
      stream.append(vocabulary_->tokenizer().encode_more(seen));
    } catch (const Error&) {
      // No tokens stand for them alone, so the model never learns of them.
    }
    return whole(std::move(stream), std::nullopt);
  }

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  std::shared_ptr<const CanonicalPairs> pairs_;
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
    TokenStream stream = chosen.hypothesis.boundary->stream;
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
     .fallback = "13",
     .unit = "bound",
     .summary = "those are dropped whose share is below 2^-prune; from 30 on none are merged"}};

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& options) {
  const std::uint64_t prune = spec.number("prune");
  std::unique_ptr<Predictor> model = make_predictor(spec.inner()[0]);
  std::unique_ptr<Predictor> made =
      bytes_of(*model, {.hypotheses = spec.number("hypotheses"),
                        .prune = portable_exp2(-static_cast<double>(prune)),
                        .merge = prune < kExact});
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
