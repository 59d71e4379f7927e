// SPDX-License-Identifier: Apache-2.0
// Weights of 16 and 8 bits: what they stand for, in files and in the engine.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/files.h"
#include "models/lm/checkpoint.h"
#include "models/lm/load.h"
#include "models/lm/safetensors.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

TEST(FloatFormats, KnowEveryHalf) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((half & 0x7C00) == 0x7C00) continue;  // infinities and what is no number
    ASSERT_EQ(half_of_float(float_of_half(half)), half);
    ASSERT_EQ(bf16_of_float(float_of_bf16(half)), half);
  }
  EXPECT_EQ(float_of_half(0x3C00), 1.0F);
  EXPECT_EQ(float_of_half(0x0001), 0x1p-24F);
  EXPECT_EQ(float_of_bf16(0x3F80), 1.0F);
}

TEST(FloatFormats, RoundToTheNearestAndOfTwoToTheEvenOne) {
  EXPECT_EQ(half_of_float(1 + 0x1p-11F), 0x3C00);  // between two: the even one
  EXPECT_EQ(half_of_float(1 + 0x3p-11F), 0x3C02);
  EXPECT_EQ(half_of_float(1 + 0x1.02p-11F), 0x3C01);
  EXPECT_EQ(half_of_float(0x1p-25F), 0x0000);
  EXPECT_EQ(half_of_float(0x1.8p-25F), 0x0001);
  EXPECT_EQ(half_of_float(-65504.0F), 0xFBFF);
  EXPECT_EQ(half_of_float(70000.0F), 0x7C00);
  EXPECT_EQ(bf16_of_float(1 + 0x1p-8F), 0x3F80);
  EXPECT_EQ(bf16_of_float(1 + 0x3p-8F), 0x3F82);
}

TEST(SafetensorsWriter, WritesWhatCheckpointsRead) {
  const std::vector<float> exact = {0, -1.5F, 0.25F, 3, 1024, -0x1p-10F};  // in all formats
  const std::array tensors = {NamedTensor{"b", {2, 3}, exact}, NamedTensor{"a", {6}, exact}};
  for (const FloatFormat format : {FloatFormat::kF32, FloatFormat::kF16, FloatFormat::kBf16}) {
    const TemporaryFolder folder;
    write_file(folder / "model.safetensors", write_safetensors(tensors, format, {{"who", "me"}}));
    Checkpoint checkpoint = open_safetensors(folder.path());
    const Floats b = checkpoint.take("b", {2, 3});
    EXPECT_EQ(std::vector<float>(b.begin(), b.end()), exact);
    const Floats a = checkpoint.take("a", {6});
    EXPECT_EQ(std::vector<float>(a.begin(), a.end()), exact);
    const Safetensors file(folder / "model.safetensors");
    EXPECT_EQ(file.metadata().at("who"), "me");
  }
}

std::vector<double> log2_probs_of(const LanguageModel& model) {
  std::vector<Symbol> all(256);
  std::iota(all.begin(), all.end(), 0U);
  LmState state(model.config());
  model.read(std::vector<Symbol>{1, 84, 104, 101}, state);
  std::vector<double> log2_probs(256);
  model.log2_probs_of(model.logits(state).data(), all, log2_probs);
  return log2_probs;
}

TEST(WeightFormat, OfFilesOf16BitsLosesNothing) {
  for (const char* type : {"F16", "BF16"}) {
    const TemporaryFolder folder;
    const TinyModel tiny = tiny_llama();
    tiny.write(folder.path());
    write_file(folder / "model.safetensors", safetensors(tiny.tensors, type));
    EXPECT_EQ(log2_probs_of(*load_lm(folder.path()).model),
              log2_probs_of(*load_lm(folder.path(), WeightFormat::kF32).model));
  }
}

TEST(WeightFormat, OfFewerBitsChangesLittle) {
  const TemporaryFolder folder;
  tiny_llama().write(folder.path());
  const std::vector<double> exact = log2_probs_of(*load_lm(folder.path()).model);
  for (const WeightFormat format : {WeightFormat::kF16, WeightFormat::kBf16, WeightFormat::kInt8}) {
    const std::vector<double> coarse = log2_probs_of(*load_lm(folder.path(), format).model);
    EXPECT_NE(coarse, exact);
    for (std::size_t i = 0; i < coarse.size(); ++i) EXPECT_NEAR(coarse[i], exact[i], 0.2);
  }
}

TEST(WeightFormat, OfBytesKeepsRowsOfZeros) {
  Matrix matrix(2, 3);
  matrix.set_rows(0, std::vector<float>{0, 0, 1, -127, 0.5F, 0.25F});
  matrix.convert_to(WeightFormat::kInt8);
  std::array<float, 2> row{};
  matrix.copy_row(0, row);
  EXPECT_EQ(row, (std::array<float, 2>{0, 0}));
  matrix.copy_row(1, row);
  EXPECT_EQ(row, (std::array<float, 2>{1, -127}));
  matrix.copy_row(2, row);
  EXPECT_NEAR(row[1], 0.25F, 0.002F);
}

}  // namespace
}  // namespace zipdream
