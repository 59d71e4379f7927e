// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "codecs/zstd/tables.h"
#include "codecs/zstd/token_code.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

ZstdCode code_after(ByteView text, std::string_view spec = "zstd:9") {
  return zstd_code(read_zstd_tables(make_codec(spec)->compress(text)), text);
}

Bytes few_letters(std::size_t size) {
  Rng rng(3);
  Bytes text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<Byte>('a' + rng.next() % 2));
  return text;
}

double distance_of(const ZstdCode& code, std::size_t distance) {
  BucketCursor walk(zstd_buckets());
  return code.distance[walk.bucket_of(distance)];
}

// Of all distances at which the `k` bytes before `end` occur.
double agreeing(const ZstdCode& code, ByteView text, std::size_t end, std::size_t k) {
  double sum = 0;
  for (std::size_t distance = 1; distance + k <= end; ++distance) {
    if (k == 0 ||
        std::ranges::equal(text.subspan(end - k, k), text.subspan(end - k - distance, k))) {
      sum += distance_of(code, distance);
    }
  }
  return sum;
}

// All parses of the text from `at` on, one by one.
struct OneByOne {
  const ZstdCode& code;
  ByteView text;
  ZstdStates states{};

  void begin_sequence(std::size_t at, double probability) {
    for (std::size_t run = 0; at + run <= text.size(); ++run) {
      if (at + run == text.size()) states.in_run += probability * code.longer_run[run];
      begin_match(at + run, probability * code.run[run]);
      if (at + run < text.size()) probability *= code.literal[text[at + run]];
    }
  }
  void begin_match(std::size_t at, double probability) {
    const std::size_t left = text.size() - at;
    states.in_match[left] += probability * code.longer_match[left];
    for (std::size_t distance = 1; distance <= at; ++distance) {
      for (std::size_t k = 1; k <= left; ++k) {
        if (text[at + k - 1] != text[at + k - 1 - distance]) break;
        if (k < kZstdShortestMatch) continue;
        begin_sequence(at + k, probability * code.match[k] * distance_of(code, distance));
      }
    }
  }
};

TEST(ZstdParses, SumUpToAllParsesOneByOne) {
  const Bytes text = few_letters(40);
  const ZstdCode code = code_after(text);
  constexpr std::size_t kSize = 9;
  ZstdWindow window{.size = kSize};
  for (std::size_t column = 0; column <= kSize; ++column) {
    const std::size_t end = text.size() - kSize + column;
    if (column < kSize) window.bytes[column] = text[end];
    for (std::size_t k = 0; k <= column; ++k) {
      window.agreeing[column][k] = agreeing(code, text, end, k);
    }
  }
  for (const std::size_t start : {std::size_t{0}, std::size_t{4}, kSize - 1, kSize}) {
    OneByOne expected{code, text};
    expected.begin_sequence(text.size() - kSize + start, 1);
    double sum = expected.states.in_run;
    for (std::size_t k = 0; k <= kSize; ++k) {
      sum += expected.states.in_match[k] * window.agreeing[kSize][k];
    }
    const ZstdStates states = sum_zstd_parses(code, window, start);
    EXPECT_NEAR(states.in_run, expected.states.in_run / sum, 1e-12) << start;
    for (std::size_t k = 0; k <= kSize; ++k) {
      EXPECT_NEAR(states.in_match[k], expected.states.in_match[k] / sum, 1e-12)
          << start << " " << k;
    }
  }
}

class ZstdCodeAt : public testing::TestWithParam<const char*> {};

TEST_P(ZstdCodeAt, IsADistributionOfEachKind) {
  for (const Bytes& text : {Bytes(), to_bytes("x"), text_like(5000), random_bytes(3000)}) {
    const ZstdCode code = code_after(text, GetParam());
    double literals = 0;
    for (const double literal : code.literal) literals += literal;
    EXPECT_NEAR(literals, 1, 1e-12);
    double distances = 0;
    for (std::size_t i = 0; i < code.distance.size(); ++i) {
      distances +=
          code.distance[i] * static_cast<double>(zstd_buckets()[i + 1] - zstd_buckets()[i]);
    }
    EXPECT_NEAR(distances, 1, 1e-12);
    EXPECT_NEAR(code.run[0] + code.longer_run[0], 1, 1e-12);
    EXPECT_NEAR(code.match[0] + code.longer_match[0], 1, 1e-12);
    EXPECT_EQ(code.longer_match[kZstdShortestMatch - 1], code.longer_match[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, ZstdCodeAt, testing::Values("zstd:1", "zstd:19", "zstd:22"));

TEST(ZstdCode, FollowsWhatTheTextHasBecome) {
  Bytes digits = random_bytes(20'000);
  for (Byte& digit : digits) digit = static_cast<Byte>('0' + digit % 10);
  const auto share_of_digits = [](const ZstdCode& code) {
    double sum = 0;
    for (std::size_t digit = '0'; digit <= '9'; ++digit) sum += code.literal[digit];
    return sum;
  };
  const Bytes text = text_like(200'000);
  EXPECT_LT(share_of_digits(code_after(text)), 0.1);
  EXPECT_GT(share_of_digits(code_after(concat(text, digits))), 0.5);
}

}  // namespace
}  // namespace zipdream
