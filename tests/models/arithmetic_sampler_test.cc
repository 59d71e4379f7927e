// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/portable_math.h"
#include "generator/arithmetic_codec.h"
#include "generator/coder/symbol_coder.h"
#include "tests/models/specs.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

Bytes context() {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += i % 3 == 0 ? "the keeper lit the lamp, " : "and rang the bell ";
    text += std::to_string(i * i) + ". ";
  }
  return to_bytes(text);
}

class SamplesByArithmetic : public testing::TestWithParam<std::string> {
 protected:
  static std::string model() {
    return GetParam().starts_with("arith:") ? GetParam().substr(6) : GetParam();
  }
  std::unique_ptr<DecoderSampler> sampler_ = make_decoder_sampler(GetParam());
};

TEST_P(SamplesByArithmetic, AreTheTextsWhoseCodesAreTheRandomBits) {
  constexpr std::size_t kCount = 2000;
  Rng rng(3);
  const Bytes sampled = sampler_->sample(context(), kCount, rng);
  ASSERT_EQ(sampled.size(), kCount);

  const auto predictor = make_predictor(model(), {});
  predictor->observe(context());
  FrequencyCoder by_frequency(*predictor);
  SymbolCoder* coder = predictor->symbol_coder();
  if (coder == nullptr) coder = &by_frequency;
  Bytes code;
  RangeEncoder encoder(&code);
  for (const Byte byte : sampled) coder->encode(byte, encoder);
  encoder.finish();

  Rng again(3);
  const Bytes bits = random_bytes(code.size(), again);
  ASSERT_GT(code.size(), 20U);
  code.resize(code.size() - 8);  // where they part
  EXPECT_EQ(code, Bytes(bits.begin(), bits.end() - 8));
}

TEST_P(SamplesByArithmetic, GoOnBeyondOnePieceOfBits) {
  Rng rng(4);
  EXPECT_EQ(sampler_->sample({}, 12'000, rng).size(), 12'000U);
}

TEST_P(SamplesByArithmetic, CostTheEntropyOfTheirDistribution) {
  constexpr std::size_t kCount = 3000;
  Rng rng(5);
  const Bytes sampled = sampler_->sample(context(), kCount, rng);
  const auto predictor = make_predictor(model(), {});
  predictor->observe(context());
  std::vector<double> log2_probs(256);
  std::vector<double> differences;
  double sum = 0;
  for (const Byte byte : sampled) {
    predictor->log2_probs(log2_probs);
    double entropy = 0;
    for (const double log2_p : log2_probs) entropy -= portable_exp2(log2_p) * log2_p;
    differences.push_back(-log2_probs[byte] - entropy);
    sum += differences.back();
    predictor->update(byte);
  }
  const double mean = sum / kCount;
  double squares = 0;
  for (const double difference : differences) squares += (difference - mean) * (difference - mean);
  EXPECT_LT(std::abs(mean), 4 * std::sqrt(squares) / kCount);
}

INSTANTIATE_TEST_SUITE_P(Of, SamplesByArithmetic, testing::ValuesIn(arith_specs()), spec_test_name);

}  // namespace
}  // namespace zipdream
