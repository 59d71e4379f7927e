// SPDX-License-Identifier: Apache-2.0
#include "generator/sampling.h"

#include <utility>
#include <vector>

#include "base/process.h"

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
      const std::size_t room = left_of_stride(sequence, out.bytes().size());
      if (bytes.size() < room) {
        predictor->update(symbol);
        if (limit) limit->append(bytes);
        out.append(bytes);
        continue;
      }
      out.append(bytes.first(room));
      if (out.done()) break;
      // Here something else is given: what overruns it was never said.
      Bytes said(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(room));
      const Bytes& given = sequence.forced_segments[out.bytes().size() / sequence.stride - 1];
      said.insert(said.end(), given.begin(), given.end());
      predictor->observe(said);
      if (limit) limit->append(said);
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
