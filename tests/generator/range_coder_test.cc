// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/range_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "generator/coder/symbol_coder.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

// One symbol's part of a total, or a binary decision when total is 0.
struct Part {
  std::uint64_t start;
  std::uint64_t size;
  std::uint64_t total;
  bool bit = false;  // of a decision, of which `size` is the frequency of one
};

double ideal_bits(const std::vector<Part>& parts) {
  double bits = 0;
  for (const Part& part : parts) {
    const double one = static_cast<double>(part.size);
    if (part.total > 0) bits -= std::log2(one / static_cast<double>(part.total));
    if (part.total == 0) bits -= std::log2((part.bit ? one : 65536 - one) / 65536);
  }
  return bits;
}

Bytes encoded(const std::vector<Part>& parts) {
  Bytes code;
  RangeEncoder encoder(&code);
  for (const Part& part : parts) {
    if (part.total > 0) encoder.encode(part.start, part.size, part.total);
    if (part.total == 0) encoder.encode_bit(part.bit, static_cast<std::uint32_t>(part.size));
  }
  encoder.finish();
  EXPECT_EQ(code.size(), encoder.interval().code_bytes());
  return code;
}

// Decodes `code` as if it were that of `parts`, and says how many symbols came out right.
std::size_t matching_symbols(ByteView code, const std::vector<Part>& parts) {
  RangeDecoder decoder(code);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    if (part.total == 0) {
      if (decoder.decode_bit(static_cast<std::uint32_t>(part.size)) != part.bit) return i;
      continue;
    }
    const std::uint64_t target = decoder.target(part.total);
    EXPECT_LT(target, part.total);
    if (target < part.start || target >= part.start + part.size) return i;
    decoder.consume(part.start, part.size, part.total);
  }
  EXPECT_TRUE(decoder.ends_here());
  EXPECT_FALSE(decoder.is_past_end());
  return parts.size();
}

// The cost and that it decodes.
void expect_code_of(const std::vector<Part>& parts) {
  const Bytes code = encoded(parts);
  EXPECT_EQ(matching_symbols(code, parts), parts.size());
  const double bits = ideal_bits(parts);
  const double rounding = std::ldexp(static_cast<double>(parts.size()), -15);
  EXPECT_LE(8.0 * static_cast<double>(code.size()), bits + 2 + 7 + rounding);
  EXPECT_GE(8.0 * static_cast<double>(code.size()), bits - rounding);
}

// Appendix A of the paper: AIXI narrows [0, 1) to [0.322, 0.341), and 0.0101010 in binary is the
// shortest number that stays in it whatever follows.
TEST(RangeCoder, CodesThePapersExample) {
  const std::vector<Part> aixi = {{0, 45, 100}, {20, 60, 100}, {80, 20, 100}, {30, 35, 100}};
  RangeEncoder measure(nullptr);
  for (const Part& part : aixi) measure.encode(part.start, part.size, part.total);
  const double window = std::exp2(Interval::kWindowBits);
  EXPECT_NEAR(static_cast<double>(measure.interval().low()) / window, 0.322, 0.0005);
  EXPECT_NEAR(static_cast<double>(measure.interval().low() + measure.interval().range()) / window,
              0.341, 0.0005);
  EXPECT_EQ(measure.interval().ending().count, 7);
  EXPECT_EQ(encoded(aixi), Bytes{0b0101010'0});
  EXPECT_EQ(matching_symbols(encoded(aixi), aixi), aixi.size());
}

TEST(RangeCoder, WritesNothingForNothing) {
  EXPECT_EQ(encoded({}), Bytes{});
  EXPECT_TRUE(RangeDecoder({}).ends_here());
}

TEST(RangeCoder, SpendsNextToNothingOnWhatIsCertain) {
  EXPECT_LE(encoded(std::vector<Part>(100'000, {0, 77, 77})).size(), 1U);
}

TEST(RangeCoder, SpendsAtMostTwoBitsMoreThanAShortMessageHas) {
  Rng rng(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Part> parts(rng.next() % 6);
    for (Part& part : parts) {
      part.total = 1 + rng.next() % (std::uint64_t{1} << (rng.next() % 25));
      part.start = rng.next() % part.total;
      part.size = 1 + rng.next() % (part.total - part.start);
    }
    RangeEncoder measure(nullptr);
    for (const Part& part : parts) measure.encode(part.start, part.size, part.total);
    const double digits = 8.0 * static_cast<double>(measure.interval().bytes_shifted()) +
                          measure.interval().ending().count;
    const double bits = ideal_bits(parts);
    ASSERT_NEAR(measure.interval().bits(), bits, 1e-6);
    ASSERT_LE(digits, std::ceil(measure.interval().bits()) + 1);
    ASSERT_LT(digits, bits + 2 + 1e-6);
    ASSERT_EQ(matching_symbols(encoded(parts), parts), parts.size());
  }
}

TEST(RangeCoder, CodesRandomPartsOfAnyTotal) {
  Rng rng(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<Part> parts(rng.next() % 400);
    for (Part& part : parts) {
      part.total = 1 + rng.next() % (std::uint64_t{1} << (rng.next() % 33));
      if (rng.next() % 8 == 0) part.total = Interval::kMaxTotal;
      part.start = rng.next() % part.total;
      part.size = 1 + rng.next() % (part.total - part.start);
      if (rng.next() % 3 == 0) part = {0, 1 + rng.next() % 65535, 0, rng.next() % 2 == 1};
    }
    expect_code_of(parts);
  }
}

// Digits that are all ones wait for a carry: symbols that keep the interval around a half.
TEST(RangeCoder, CarriesThroughLongRunsOfOnes) {
  for (const bool above : {false, true}) {
    std::vector<Part> parts(3000, {1, 1, 3});
    parts[0] = {0, 1, 2};
    for (std::size_t i = 1; i < 2000; ++i) parts[i] = {0xffff, 1, 0x10000};
    parts[2000] = above ? Part{2, 1, 3} : Part{0, 1, 3};
    expect_code_of(parts);
  }
  std::vector<Part> half(1, {0x7fffffff, 2, Interval::kMaxTotal});
  for (int i = 0; i < 500; ++i) half.push_back({0x7fffffff, 2, Interval::kMaxTotal});
  expect_code_of(half);
}

TEST(RangeCoder, CodesDecisionsOfEveryProbability) {
  for (const std::uint64_t one : {1, 2, 655, 32768, 65000, 65534, 65535}) {
    Rng rng(one);
    std::vector<Part> parts(20'000);
    for (Part& part : parts) part = {0, one, 0, rng.next() % 65536 < one};
    expect_code_of(parts);
    for (Part& part : parts) part.bit = !part.bit;
    expect_code_of(parts);
  }
}

// A megabyte from a distribution like that of text, coded with the frequencies that it rounds to.
TEST(RangeCoder, StaysWithinAThousandthOfTheCrossEntropy) {
  std::vector<double> log2_probs(256);
  double sum = 0;
  for (std::size_t s = 0; s < 256; ++s) sum += std::exp2(-static_cast<double>(s) / 6);
  for (std::size_t s = 0; s < 256; ++s) {
    log2_probs[s] = -static_cast<double>(s) / 6 - std::log2(sum);
  }
  std::vector<std::uint32_t> frequencies(256);
  const std::uint64_t total = to_frequencies(log2_probs, frequencies);
  std::vector<std::uint64_t> starts(257);
  std::partial_sum(frequencies.begin(), frequencies.end(), starts.begin() + 1);

  Rng rng(3);
  Bytes code;
  RangeEncoder encoder(&code);
  double cross_entropy = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto above = std::upper_bound(starts.begin(), starts.end(), rng.next() % total);
    const auto symbol = static_cast<std::size_t>(above - starts.begin() - 1);
    encoder.encode(starts[symbol], frequencies[symbol], total);
    cross_entropy -= log2_probs[symbol];
  }
  encoder.finish();
  EXPECT_LT(8.0 * static_cast<double>(code.size()), 1.001 * cross_entropy);
  EXPECT_GT(8.0 * static_cast<double>(code.size()), 0.999 * cross_entropy);
}

TEST(RangeDecoder, DecodesSomethingFromAnyCode) {
  Rng rng(4);
  for (int round = 0; round < 500; ++round) {
    Bytes code(rng.next() % 40);
    for (Byte& byte : code) byte = static_cast<Byte>(round % 5 == 0 ? 0xff : rng.next());
    RangeDecoder decoder(code);
    std::size_t symbols = 0;
    for (; !decoder.is_past_end() && symbols < 2000; ++symbols) {
      const std::uint64_t total = 3 + rng.next() % 1000;
      const std::uint64_t target = decoder.target(total);
      ASSERT_LT(target, total);
      decoder.consume(target, 1, total);
      static_cast<void>(decoder.decode_bit(1 + static_cast<std::uint32_t>(rng.next() % 65535)));
    }
    EXPECT_LT(symbols, 2000U) << "never ends";
  }
}

TEST(RangeDecoder, TellsACodeFromItsStartsAndFromLongerOnes) {
  Rng rng(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Part> parts(1 + rng.next() % 20);
    for (Part& part : parts) part = {rng.next() % 10, 1, 10};
    const Bytes code = encoded(parts);
    const auto ends_here = [&](const Bytes& other) {
      RangeDecoder decoder(other);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        decoder.consume(decoder.target(10), 1, 10);
      }
      return decoder.ends_here();
    };
    EXPECT_TRUE(ends_here(code));
    for (std::size_t size = 0; size < code.size(); ++size) {
      EXPECT_FALSE(
          ends_here(Bytes(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(size))));
    }
    Bytes longer = code;
    longer.push_back(static_cast<Byte>(rng.next()));
    EXPECT_FALSE(ends_here(longer));
  }
}

TEST(Frequencies, AreNeverZeroAndSumToAtLeastTwoToThe28) {
  for (const double least : {-8.1, -30.0, -1000.0}) {
    std::vector<double> log2_probs(256, least);
    log2_probs[9] = std::log2(1 - 255 * std::exp2(least));
    std::vector<std::uint32_t> frequencies(256);
    const std::uint64_t total = to_frequencies(log2_probs, frequencies);
    EXPECT_EQ(total, std::accumulate(frequencies.begin(), frequencies.end(), std::uint64_t{0}));
    EXPECT_GE(*std::ranges::min_element(frequencies), 1U);
    EXPECT_GE(total, std::uint64_t{1} << 28);
    EXPECT_LE(total, (std::uint64_t{1} << 28) + 257);
  }
}

}  // namespace
}  // namespace zipdream
