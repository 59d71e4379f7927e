// SPDX-License-Identifier: Apache-2.0
#include "generator/sampling.h"

#include <utility>
#include <vector>

#include "base/interrupt.h"

namespace zipdream {
namespace {

// Chooses among the symbols that the limit leaves.
Symbol sample_within(const CopyLimit& limit, const Predictor& predictor,
                     std::span<const double> log2_probs, const SamplerOptions& sampler,
                     double coin) {
  std::vector<Symbol> allowed;
  std::vector<double> theirs;
  for (std::size_t i = 0; i < log2_probs.size(); ++i) {
    const auto symbol = static_cast<Symbol>(i);
    if (!limit.allows(predictor.symbol_bytes(symbol))) continue;
    allowed.push_back(symbol);
    theirs.push_back(log2_probs[i]);
  }
  if (allowed.empty()) throw limit.nothing_left();
  return allowed[sample(theirs, sampler, coin)];
}

class Sampling final : public Method {
 public:
  Sampling(std::unique_ptr<const Predictor> start, const SamplerOptions& sampler,
           std::optional<CopyLimit> copy_limit)
      : start_(std::move(start)), sampler_(sampler), copy_limit_(std::move(copy_limit)) {}

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    const std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(sequence.prompt);
    std::optional<CopyLimit> limit = copy_limit_;
    if (limit) limit->append(sequence.prompt);
    std::vector<double> log2_probs(predictor->alphabet_size());
    while (!out.done()) {
      check_interrupt();
      predictor->log2_probs(log2_probs);
      const double coin = rng.uniform();
      const Symbol symbol = limit ? sample_within(*limit, *predictor, log2_probs, sampler_, coin)
                                  : sample(log2_probs, sampler_, coin);
      if (predictor->ends_text(symbol)) out.end_text();
      if (out.done()) break;
      const ByteView bytes = predictor->symbol_bytes(symbol);
      const std::size_t left = left_of_stride(sequence, out.bytes().size());
      if (bytes.size() < left) {
        predictor->update(symbol);
        if (limit) limit->append(bytes);
        out.append(bytes);
        continue;
      }
      out.append(bytes.first(left));
      if (out.done()) break;
      // Here a segment is forced: what of the symbol goes beyond it is dropped.
      Bytes kept(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(left));
      const Bytes& forced = sequence.forced_segments[out.bytes().size() / sequence.stride - 1];
      kept.insert(kept.end(), forced.begin(), forced.end());
      predictor->observe(kept);
      if (limit) limit->append(kept);
    }
  }

 private:
  std::unique_ptr<const Predictor> start_;
  SamplerOptions sampler_;
  std::optional<CopyLimit> copy_limit_;
};

}  // namespace

std::unique_ptr<Method> make_sampling(std::unique_ptr<const Predictor> start,
                                      const SamplerOptions& sampler,
                                      std::optional<CopyLimit> copy_limit) {
  return std::make_unique<Sampling>(std::move(start), sampler, std::move(copy_limit));
}

}  // namespace zipdream
