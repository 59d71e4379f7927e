// SPDX-License-Identifier: Apache-2.0
#include "generator/arithmetic_sampler.h"

#include <utility>

#include "generator/coder/frequency_coder.h"
#include "generator/coder/range_coder.h"
#include "generator/coder/symbol_coder.h"

namespace zipdream {
namespace {

constexpr std::size_t kRandomBytes = std::size_t{1} << 12;

class ArithmeticSampler final : public DecoderSampler {
 public:
  explicit ArithmeticSampler(std::unique_ptr<const Predictor> start) : start_(std::move(start)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const auto predictor = start_->clone();
    predictor->observe(context);
    FrequencyCoder by_frequency(*predictor);
    SymbolCoder* const own = predictor->symbol_coder();
    SymbolCoder& coder = own != nullptr ? *own : by_frequency;
    Bytes text;
    sample_until(text, count, [&] {
      const Bytes bits = random_bytes(kRandomBytes, rng);
      RangeDecoder decoder(bits);
      while (text.size() < count && !decoder.is_used_up() && !decoder.is_damaged()) {
        const ByteView bytes = predictor->symbol_bytes(coder.decode(decoder));
        text.insert(text.end(), bytes.begin(), bytes.end());
      }
    });
    text.resize(count);  // the last symbol may have been longer
    return text;
  }

 private:
  std::unique_ptr<const Predictor> start_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_arithmetic_sampler(std::unique_ptr<const Predictor> start) {
  return std::make_unique<ArithmeticSampler>(std::move(start));
}

}  // namespace zipdream
