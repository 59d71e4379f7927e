// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/code_lengths.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Candidates per range: few enough that slow codecs keep every core busy to the end, many enough
// that the one copy of the context per range is lost beside the compressions.
std::size_t grain_for(std::size_t count) {
  const std::size_t ranges = 4 * static_cast<std::size_t>(thread_count());
  return std::clamp<std::size_t>(count / ranges, 1, 16);
}

class RecompressingSession final : public Session {
 public:
  RecompressingSession(const Codec& codec, Units units) : codec_(codec), units_(units) {}

  void append(ByteView bytes) override {
    context_.insert(context_.end(), bytes.begin(), bytes.end());
  }

  double bits() const override { return codec_.bits(context_, units_); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), grain_for(candidates.size()),
                 [&](std::size_t begin, std::size_t end) {
                   Bytes scratch = context_;
                   for (std::size_t i = begin; i < end; ++i) {
                     check_interrupt();  // one compression can take a second
                     scratch.insert(scratch.end(), candidates[i].begin(), candidates[i].end());
                     out[i] = codec_.bits(scratch, units_);
                     scratch.resize(context_.size());
                   }
                 });
  }

  std::unique_ptr<Session> clone() const override {
    return std::make_unique<RecompressingSession>(*this);
  }

  std::string describe() const override {
    return "by compressing the context again for each candidate";
  }

 private:
  const Codec& codec_;
  Units units_;
  Bytes context_;
};

// Turns lengths into log2 probabilities in place: p_i = 2^-L_i / sum_j 2^-L_j. Subtracting the
// shortest length first keeps the sum between 1 and the number of symbols.
void lengths_to_log2_probs(std::span<double> lengths) {
  const double shortest = *std::min_element(lengths.begin(), lengths.end());
  double sum = 0;
  for (const double length : lengths) sum += portable_exp2(shortest - length);
  const double log2_sum = portable_log2(sum);
  for (double& length : lengths) length = shortest - length - log2_sum;
}

class LengthPredictor final : public BytePredictor {
 public:
  LengthPredictor(std::shared_ptr<const Codec> codec, std::unique_ptr<Session> session)
      : codec_(std::move(codec)), session_(std::move(session)) {}

  void observe(ByteView bytes) override { session_->append(bytes); }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    assert(!among.empty());
    std::vector<ByteView> candidates;
    candidates.reserve(among.size());
    for (const Symbol symbol : among) candidates.push_back(symbol_bytes(symbol));
    session_->bits_after(candidates, out);
    lengths_to_log2_probs(out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<LengthPredictor>(codec_, session_->clone());
  }

  [[nodiscard]] std::string describe() const override { return session_->describe(); }

 private:
  std::shared_ptr<const Codec> codec_;
  std::unique_ptr<Session> session_;
};

}  // namespace

double Codec::bits(ByteView data, Units /*units*/) const {
  return 8.0 * static_cast<double>(compress(data).size());
}

std::uint64_t Codec::stream_size(const ByteSource& data,
                                 std::optional<std::uint64_t> /*size*/) const {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  Bytes all;
  for (std::size_t got = kPiece; got == kPiece;) {
    const std::size_t before = all.size();
    if (before > kMaxInputBytes) {
      throw Error("more than 1 GiB in one stream of a codec that needs all of it; take a part");
    }
    all.resize(before + kPiece);
    got = data(std::span(all).subspan(before));
    all.resize(before + got);
  }
  return compress(all).size();
}

std::unique_ptr<Session> Codec::start(Units units) const {
  return start_recompressing_session(*this, units);
}

std::unique_ptr<Session> start_recompressing_session(const Codec& codec, Units units) {
  return std::make_unique<RecompressingSession>(codec, units);
}

std::unique_ptr<Predictor> make_length_predictor(std::shared_ptr<const Codec> codec, Units units) {
  std::unique_ptr<Session> session = codec->start(units);
  return std::make_unique<LengthPredictor>(std::move(codec), std::move(session));
}

}  // namespace zipdream
