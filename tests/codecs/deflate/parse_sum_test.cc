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

deflate::CodeLengths codes_of(ByteView text) {
  const Bytes stream = make_codec("deflate:9")->compress(text);
  const deflate::Blocks blocks = deflate::find_blocks(stream, text.size());
  return deflate::read_code_lengths(deflate::header_bits(stream, deflate::representative_header(blocks)));
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

TEST(DeflateSum, IsTheSumOverAllWaysToWriteTheLine) {
  for (const auto& [name, make] : sample_kinds()) {
    const Bytes text = make(700, 1);
    const deflate::CodeLengths codes = codes_of(text);
    for (const std::size_t past : {0, 3, 100}) {
      const Bytes before(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(past));
      DeflateLine line(std::make_shared<const DeflatePast>(before, codes));
      Naive naive(before, codes);
      for (std::size_t i = past; i < past + 25; ++i) {
        const std::array<double, 256> expected = naive.next();
        for (int byte = 0; byte < 256; ++byte) {
          EXPECT_NEAR(std::ldexp(line.next()[byte], line.exponent()) / expected[byte], 1, 1e-9)
              << name << " " << past << " " << i << " " << byte;
        }
        line.append(text[i]);
        naive.append(text[i]);
      }
    }
  }
}

TEST(DeflateSum, KeepsItsScaleOverLongLines) {
  const Bytes noise = random_bytes(20'000);
  DeflateLine line(std::make_shared<const DeflatePast>(Bytes(), codes_of(text_like(2000))));
  for (std::size_t i = 0; i < noise.size(); ++i) {
    line.append(i % 2000 < 1000 ? noise[i] : Byte{7});  // seldom possible, then a long run
    const double sum = std::accumulate(line.next().begin(), line.next().end(), 0.0);
    ASSERT_TRUE(std::isfinite(sum));
    ASSERT_GE(sum, 0x1p-300);
  }
  EXPECT_LT(line.exponent(), -10'000);
}

TEST(DeflateSum, ExpectsARunToGoOn) {
  const Bytes run(3000, 'a');
  DeflateLine line(std::make_shared<const DeflatePast>(run, codes_of(run)));
  for (int i = 0; i < 600; ++i) line.append('a');
  const double sum = std::accumulate(line.next().begin(), line.next().end(), 0.0);
  EXPECT_GT(line.next()['a'] / sum, 0.99);
}

}  // namespace
}  // namespace zipdream
