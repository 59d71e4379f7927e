// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/parse_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "codecs/deflate/block_headers.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr DeflateSumPolicy kPolicies[] = {
    {.max_distance = 32768, .search = DeflateSumPolicy::Search::kNearest},
    {.max_distance = 32768, .search = DeflateSumPolicy::Search::kAll}};

deflate::CodeLengths codes_of(ByteView text) {
  const Bytes stream = make_codec("deflate:9")->compress(text);
  const deflate::Blocks blocks = deflate::find_blocks(stream, text.size());
  return deflate::read_code_lengths(
      deflate::header_bits(stream, deflate::representative_header(blocks)));
}

// Codes without a gap, as next_after_boundary() wants them.
deflate::CodeLengths full_codes() {
  deflate::CodeLengths codes = deflate::fixed_code_lengths();
  codes.literals['e'] = 3;
  return codes;
}

DeflateMarginal begin(const DeflateSumPolicy& policy, ByteView before,
                      const deflate::CodeLengths& codes) {
  DeflateMarginal marginal(policy);
  marginal.append(before);
  marginal.restart(std::make_shared<const DeflateTables>(deflate_tables(codes)), before.size());
  marginal.advance();
  return marginal;
}

void append(DeflateMarginal& marginal, ByteView bytes) {
  marginal.append(bytes);
  marginal.advance();
}

double sum_of(const std::array<double, 256>& weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

// The definition, by trying every distance and length everywhere.
class Naive {
 public:
  Naive(Bytes past, const deflate::CodeLengths& codes) : text_(std::move(past)), codes_(codes) {
    begin_ = text_.size();
  }

  void append(Byte byte) { text_.push_back(byte); }

  [[nodiscard]] std::array<double, 256> next() const {
    std::vector<double> ends(text_.size() - begin_ + 1, 0.0);
    std::array<double, 256> next{};
    ends[0] = 1;
    for (std::size_t i = begin_; i <= text_.size(); ++i) {
      const double end = ends[i - begin_];
      if (i < text_.size()) {
        ends[i - begin_ + 1] += end * literal(text_[i]);
      } else {
        for (int byte = 0; byte < 256; ++byte) next[byte] += end * literal(byte);
      }
      for (std::size_t distance = 1; distance <= i && distance <= 32768; ++distance) {
        add_matches(i, distance, end, ends, next);
      }
    }
    return next;
  }

 private:
  [[nodiscard]] double literal(int byte) const {
    return codes_.literals[byte] > 0 ? std::exp2(-codes_.literals[byte]) : 0x1p-18;
  }

  void add_matches(std::size_t i, std::size_t distance, double end, std::vector<double>& ends,
                   std::array<double, 256>& next) const {
    const auto [symbol, extra] = deflate::distance_symbol(static_cast<std::int64_t>(distance));
    if (codes_.distances[symbol] == 0) return;
    const double begun = end * std::exp2(-codes_.distances[symbol] - extra);
    std::size_t known = 0;
    while (known < 258 && i + known < text_.size() &&
           text_[i + known] == text_[i + known - distance]) {
      ++known;
    }
    for (int length = 3; length <= 258; ++length) {
      const auto [code, more] = deflate::length_symbol(length);
      if (codes_.literals[code] == 0) continue;
      const double match = begun * std::exp2(-codes_.literals[code] - more);
      if (static_cast<std::size_t>(length) <= known) {
        ends[i - begin_ + static_cast<std::size_t>(length)] += match;
      } else if (i + known == text_.size()) {
        next[text_[i + known - distance]] += match;
      }
    }
  }

  Bytes text_;
  std::size_t begin_;
  deflate::CodeLengths codes_;
};

TEST(DeflateSum, IsTheSumOverAllWaysToWriteTheText) {
  for (const auto& [name, make] : sample_kinds()) {
    const Bytes text = make(700, 1);
    const deflate::CodeLengths codes = codes_of(text);
    for (const std::size_t past : {0, 3, 100}) {
      const Bytes before(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(past));
      for (const DeflateSumPolicy& policy : kPolicies) {
        DeflateMarginal marginal = begin(policy, before, codes);
        Naive naive(before, codes);
        for (std::size_t i = past; i < past + 25; ++i) {
          const std::array<double, 256> expected = naive.next();
          const std::array<double, 256> next = marginal.next();
          for (int byte = 0; byte < 256; ++byte) {
            EXPECT_NEAR(std::ldexp(next[byte], marginal.exponent()) / expected[byte], 1, 1e-9)
                << name << " " << past << " " << i << " " << byte;
          }
          append(marginal, {&text[i], 1});
          naive.append(text[i]);
        }
      }
    }
  }
}

TEST(DeflateSum, GivesTheExampleOfItsEssay) {
  DeflateTables tables;
  for (const char literal : {'a', 'b', 'c', 'd', 'e'}) tables.literal[literal] = 1.0 / 8;
  tables.length[3] = 1.0 / 4;
  tables.length[4] = 1.0 / 8;
  tables.longer = {3.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8};
  tables.distance[3] = 1.0 / 2;  // 4
  for (const DeflateSumPolicy& policy : kPolicies) {
    DeflateMarginal marginal(policy);
    marginal.append(as_bytes("abcd"));
    marginal.restart(std::make_shared<const DeflateTables>(tables), 4);
    append(marginal, as_bytes("abc"));
    const std::array<double, 256> next = marginal.next();
    EXPECT_EQ(next['d'], 526.5 / 4096);
    for (const char other : {'a', 'b', 'c', 'e'}) EXPECT_EQ(next[other], 65.0 / 4096);
  }
}

TEST(DeflateSum, IsTheSameInUnitsOfTheBoundary) {
  const Bytes text = text_like(900);
  DeflateMarginal marginal = begin(kPolicies[1], ByteView(text).first(600), full_codes());
  append(marginal, ByteView(text).subspan(600));
  const std::array<double, 256> next = marginal.next();
  const std::array<double, 256> after_boundary = marginal.next_after_boundary();
  const double unit = next['e'] / after_boundary['e'];
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_NEAR(next[byte] / after_boundary[byte] / unit, 1, 1e-12);
  }
}

TEST(DeflateSum, KeepsItsScaleOverLongTexts) {
  const Bytes noise = random_bytes(20'000);
  for (const DeflateSumPolicy& policy : kPolicies) {
    DeflateMarginal marginal = begin(policy, {}, codes_of(text_like(2000)));
    for (std::size_t i = 0; i < noise.size(); ++i) {
      const Byte byte = i % 2000 < 1000 ? noise[i] : Byte{7};  // seldom possible, then a long run
      append(marginal, {&byte, 1});
      if (i % 10 != 0 && i % 2000 > 20) continue;
      const double sum = sum_of(marginal.next());
      ASSERT_TRUE(std::isfinite(sum));
      ASSERT_GE(sum, 0x1p-300);
    }
    EXPECT_LT(marginal.exponent(), -10'000);
  }
}

TEST(DeflateSum, ExpectsARunToGoOn) {
  const Bytes run(3000, 'a');
  for (const DeflateSumPolicy& policy : kPolicies) {
    DeflateMarginal marginal = begin(policy, run, codes_of(run));
    append(marginal, ByteView(run).first(600));
    const std::array<double, 256> next = marginal.next();
    EXPECT_GT(next['a'] / sum_of(next), 0.99);
  }
}

TEST(DeflateSum, DoesNotDependOnHowTheTextIsCut) {
  const Bytes text = concat(text_like(3000), runs(2000));
  for (const DeflateSumPolicy& policy : kPolicies) {
    DeflateMarginal whole = begin(policy, ByteView(text).first(1000), codes_of(text));
    DeflateMarginal pieces = whole;
    append(whole, ByteView(text).subspan(1000));
    for (std::size_t at = 1000; at < text.size(); at += 400) {
      append(pieces, ByteView(text).subspan(at, 400));
    }
    EXPECT_EQ(whole.next(), pieces.next());
    EXPECT_EQ(whole.exponent(), pieces.exponent());
  }
}

}  // namespace
}  // namespace zipdream
