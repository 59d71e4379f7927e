// SPDX-License-Identifier: Apache-2.0
// Proofs of scores (zipdream/score.h): score and code, decode, compare.
//
// Two predictors in equal states say the same, so what one has scored the other can decode. The
// first runs through the known symbols as score() does; its distributions are checked, their digest
// is kept, and they are coded by their frequencies. One that has a SymbolCoder of its own codes by
// that instead, a second time through, and each symbol must come to the bits that it was scored
// with. The decoder is asked for its distribution before it has any way to know the symbol, which
// is checked and added to a digest that must be the first one's; then it reads the symbol.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/encodings.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/coder/range_coder.h"
#include "generator/coder/symbol_coder.h"
#include "generator/load_model.h"
#include "generator/own_order.h"
#include "generator/score.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

// Symbols whose distributions have a digest together.
constexpr std::uint64_t kGroup = 16;

// Bytes that are tokenized and scored at once where each is a symbol.
constexpr std::size_t kPiece = std::size_t{1} << 16;

// Share of a probability by which a coder may differ from it, beside the step of its integers.
constexpr double kCoderTolerance = 1e-3;
constexpr double kFrequencyStep = 0x1p-28;  // that of to_frequencies()

Error failed(const std::string& message) { return {Error::Kind::kFailure, "proof", message, ""}; }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Looks at each distribution before its symbol is known.
class Watch {
 public:
  // Throws Error when it is none.
  void see(std::span<const double> log2_probs) {
    double sum = 0;
    for (std::size_t i = 0; i < log2_probs.size(); ++i) {
      const double log2_p = log2_probs[i];
      if (!std::isfinite(log2_p) || log2_p > 0) {
        throw failed(
            fmt::format("log2 of the probability of {} in the place of symbol {} is {}, "
                        "which no probability has",
                        i, symbols_, log2_p));
      }
      sum += std::exp2(log2_p);
      std::uint64_t word = 0;
      std::memcpy(&word, &log2_p, sizeof word);
      digest_ = (digest_ ^ word) * 0x9E3779B97F4A7C15U;
      digest_ ^= digest_ >> 29;
    }
    const double deviation = std::abs(sum - 1);
    if (deviation > kMaxSumDeviation) {
      throw failed(fmt::format(
          "the probabilities in the place of symbol {} sum to {:.10g}, not to 1", symbols_, sum));
    }
    deviation_ = std::max(deviation_, deviation);
    if (++symbols_ % kGroup == 0) end_group();
  }

  void finish() {
    if (symbols_ % kGroup != 0) end_group();
  }

  [[nodiscard]] std::uint64_t symbols() const { return symbols_; }
  [[nodiscard]] double deviation() const { return deviation_; }
  [[nodiscard]] const std::vector<std::uint64_t>& digests() const { return digests_; }

 private:
  void end_group() { digests_.push_back(digest_); }

  std::uint64_t symbols_ = 0;
  double deviation_ = 0;
  std::uint64_t digest_ = 0;            // of all distributions so far
  std::vector<std::uint64_t> digests_;  // what it was after each group
};

// Runs through the bytes and writes them.
class Coding {
 public:
  Coding(const Predictor& start, const ProofOptions& options)
      : options_(options), scoring_(start.clone()), frequencies_(start.alphabet_size()) {
    if (scoring_->symbol_coder() != nullptr) coding_ = start.clone();
  }

  // REQUIRES: there is no foreign byte.
  void code(ByteView bytes) {
    append_varint(bytes.size(), stream_);
    encoder_.emplace(&stream_);
    const bool is_cut = !is_subword(*scoring_);
    do {
      const ByteView piece = is_cut ? bytes.first(std::min(kPiece, bytes.size())) : bytes;
      code_piece(scoring_->tokenize(piece));
      bytes = bytes.subspan(piece.size());
    } while (!bytes.empty());
    watch_.finish();
    code_bits_ = 8 * encoder_->interval().bytes_shifted() +
                 static_cast<std::uint64_t>(encoder_->interval().ending().count);
    encoder_->finish();
  }

  [[nodiscard]] const Watch& watch() const { return watch_; }
  [[nodiscard]] ByteView stream() const { return stream_; }
  // Bytes that the tokenizer puts before the text.
  [[nodiscard]] std::size_t prefix_size() const { return prefix_size_; }

  [[nodiscard]] Proof proof() && {
    return {.bits = std::move(bits_),
            .bits_scored = bits_scored_,
            .symbols = watch_.symbols(),
            .code_bits = code_bits_,
            .bytes_written = stream_.size()};
  }

 private:
  void code_piece(const std::vector<Token>& tokens) {
    std::vector<Symbol> symbols;
    symbols.reserve(tokens.size());
    for (const Token& each : tokens) symbols.push_back(each.symbol);
    std::vector<double> scored;  // bits of each symbol
    scored.reserve(tokens.size());
    const double before = encoder_->interval().bits();
    double coded = before;
    scoring_->teacher_force(symbols, [&](std::span<const double> log2_probs) {
      watch_.see(log2_probs);
      const Token& token = tokens[scored.size()];
      scored.push_back(-log2_probs[token.symbol]);
      add_score(log2_probs[token.symbol], token);
      if (coding_ != nullptr) return;
      const std::uint64_t total = to_frequencies(log2_probs, frequencies_);
      encode_symbol(token.symbol, frequencies_, total, *encoder_);
      coded = check_bits(scored.back(), coded, watch_.symbols() - 1);
    });
    if (coding_ == nullptr) return;
    const std::uint64_t first = watch_.symbols() - symbols.size();
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      check_interrupt();
      coding_->symbol_coder()->encode(symbols[i], *encoder_);
      coded = check_bits(scored[i], coded, first + i);
    }
  }

  void add_score(double log2_prob, const Token& token) {
    const double each = of_bytes_.each(log2_prob, token);
    for (std::size_t i = 0; i < token.bytes; ++i) {
      bits_scored_ += each;
      if (options_.keep_bits) bits_.push_back(each);
    }
    prefix_size_ += scoring_->symbol_bytes(token.symbol).size() - token.bytes;
    if (options_.on_coded && token.bytes > 0) options_.on_coded(token.bytes);
  }

  // Whether the symbol's part of the interval is what its probability deserves; returns the bits
  // that all symbols take now.
  double check_bits(double scored, double before, std::uint64_t symbol) const {
    const double after = encoder_->interval().bits();
    const double coded_p = std::exp2(before - after);
    const double scored_p = std::exp2(-scored);
    const bool is_more = coded_p > (scored_p + kFrequencyStep) * (1 + kCoderTolerance);
    if (is_more || coded_p < scored_p * (1 - kCoderTolerance)) {
      throw failed(fmt::format("symbol {} was scored with {:.6f} bits and is coded in {:.6f}",
                               symbol, scored, after - before));
    }
    return after;
  }

  const ProofOptions& options_;
  std::unique_ptr<Predictor> scoring_;
  std::unique_ptr<Predictor> coding_;  // where it has a coder of its own
  std::vector<std::uint32_t> frequencies_;
  Watch watch_;
  Bytes stream_;
  std::optional<RangeEncoder> encoder_;
  BitsOfBytes of_bytes_;
  std::vector<double> bits_;
  double bits_scored_ = 0;
  std::uint64_t code_bits_ = 0;
  std::size_t prefix_size_ = 0;
};

// Reads what was written, and holds it against the text and the distributions that were scored.
class Decoding {
 public:
  Decoding(std::unique_ptr<Predictor> predictor, const Coding& coding, const ProofOptions& options)
      : predictor_(std::move(predictor)),
        coding_(coding),
        options_(options),
        log2_probs_(predictor_->alphabet_size()),
        frequencies_(predictor_->alphabet_size()) {}

  void decode(ByteView text) {
    ByteView code = coding_.stream();
    static_cast<void>(take_varint(code));
    RangeDecoder decoder(code);
    const std::size_t prefix = text.empty() ? 0 : coding_.prefix_size();
    for (std::size_t at = 0; at < prefix + text.size();) {
      check_interrupt();
      predictor_->log2_probs(log2_probs_);
      watch_.see(log2_probs_);
      check_digest();
      const ByteView bytes = predictor_->symbol_bytes(next(decoder));
      check_bytes(bytes, at, prefix, text);
      at += bytes.size();
      if (options_.on_coded && at > prefix) options_.on_coded(std::min(bytes.size(), at - prefix));
    }
    watch_.finish();
    if (watch_.digests() != coding_.watch().digests()) throw differs(watch_.symbols() - 1);
    if (!decoder.ends_here()) throw failed("the code has another end than what is decoded");
  }

  [[nodiscard]] double deviation() const { return watch_.deviation(); }

 private:
  [[nodiscard]] Symbol next(RangeDecoder& decoder) {
    if (SymbolCoder* const own = predictor_->symbol_coder()) return own->decode(decoder);
    const std::uint64_t total = to_frequencies(log2_probs_, frequencies_);
    const Symbol symbol = decode_symbol(frequencies_, total, decoder);
    predictor_->update(symbol);
    return symbol;
  }

  static Error differs(std::uint64_t symbol) {
    const std::uint64_t first = symbol - symbol % kGroup;
    return failed(
        fmt::format("the distributions in the places of symbols {} to {} are not those "
                    "that were scored",
                    first, symbol));
  }

  // When a group is full.
  void check_digest() const {
    if (watch_.symbols() % kGroup != 0) return;
    const std::size_t group = watch_.symbols() / kGroup - 1;
    const auto& scored = coding_.watch().digests();
    if (group >= scored.size() || watch_.digests()[group] != scored[group]) {
      throw differs(watch_.symbols() - 1);
    }
  }

  // Of a symbol that begins `at` bytes behind the beginning of the prefix.
  void check_bytes(ByteView bytes, std::size_t at, std::size_t prefix, ByteView text) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (at + i < prefix) continue;
      const std::size_t place = at + i - prefix;
      if (place < text.size() && bytes[i] == text[place]) continue;
      throw failed(
          fmt::format("symbol {} is decoded as another one: it was not coded by the "
                      "distribution that stands in its place",
                      watch_.symbols() - 1));
    }
  }

  std::unique_ptr<Predictor> predictor_;
  const Coding& coding_;
  const ProofOptions& options_;
  std::vector<double> log2_probs_;
  std::vector<std::uint32_t> frequencies_;
  Watch watch_;
};

}  // namespace

namespace {

// Of a predictor that goes through texts in its own order.
Proof prove_in_order(const InOrder& own, ByteView bytes, const ProofOptions& options) {
  ProofOptions in_order = options;
  if (options.make_decoder) {
    in_order.make_decoder = [&] {
      std::optional<InOrder> decoder = options.make_decoder()->in_order(bytes.size(), 0);
      return std::move(decoder->predictor);
    };
  }
  Proof proof = prove(*own.predictor, put_in_order(bytes, own.order), in_order);
  if (options.keep_bits) proof.bits = put_back(proof.bits, own.order);
  return proof;
}

}  // namespace

Proof prove(const Predictor& predictor, ByteView bytes, const ProofOptions& options) {
  if (const auto own = predictor.in_order(bytes.size(), 0)) {
    return prove_in_order(*own, bytes, options);
  }
  if (const auto at = find_unencodable_byte(predictor, bytes)) throw lacks_symbol(bytes, *at);
  const auto start = std::chrono::steady_clock::now();
  Coding coding(predictor, options);
  coding.code(bytes);
  const double coding_seconds = seconds_since(start);
  Decoding decoding(options.make_decoder ? options.make_decoder() : predictor.clone(), coding,
                    options);
  const auto middle = std::chrono::steady_clock::now();
  decoding.decode(bytes);
  const double deviation = std::max(coding.watch().deviation(), decoding.deviation());
  Proof proof = std::move(coding).proof();
  proof.sum_deviation = deviation;
  proof.coding_seconds = coding_seconds;
  proof.decoding_seconds = seconds_since(middle);
  return proof;
}

Proof prove(const ScoreRequest& request, const ProofOptions& options) {
  if (request.data.empty()) throw Error::of_option("data", "", "is empty", "give what to prove");
  check_can_code(request.model.spec);
  const auto load = [&request] {
    auto predictor = load_model(request.model, Media::kText, request.context);
    predictor->observe(request.context);
    return predictor;
  };
  ProofOptions anew = options;
  anew.make_decoder = load;
  return prove(*load(), request.data, anew);
}

}  // namespace zipdream
