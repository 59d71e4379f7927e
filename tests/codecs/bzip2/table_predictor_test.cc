// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <numeric>
#include <vector>

#include "codecs/bzip2/sorted_contexts.h"
#include "codecs/bzip2/tables.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

SortedContexts contexts_of(ByteView text) {
  SortedContexts contexts;
  for (const Byte byte : text) contexts.append(byte);
  return contexts;
}

Bytes column_of(const SortedContexts& contexts) {
  Bytes column(contexts.size());
  contexts.copy_next(0, column);
  return column;
}

TEST(SortedContexts, StandAsSortingThemPutsThem) {
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes text = kind.make(6000, 1);
    std::vector<std::size_t> lengths(text.size() + 1);
    std::iota(lengths.begin(), lengths.end(), std::size_t{0});
    std::ranges::sort(lengths, [&](std::size_t a, std::size_t b) {
      const auto last = [&](std::size_t length) {
        return text.rend() - static_cast<std::ptrdiff_t>(length);
      };
      return std::lexicographical_compare(last(a), text.rend(), last(b), text.rend());
    });
    const SortedContexts contexts = contexts_of(text);
    ASSERT_EQ(contexts.size(), text.size());
    ASSERT_EQ(lengths[contexts.place()], text.size()) << kind.name;
    std::erase(lengths, text.size());
    const Bytes column = column_of(contexts);
    for (std::size_t row = 0; row < text.size(); ++row) {
      ASSERT_EQ(contexts.length(row), lengths[row]) << kind.name << row;
      ASSERT_EQ(column[row], text[lengths[row]]) << kind.name << row;
    }
  }
}

// The symbols that bzip2 writes for a column.
std::vector<std::size_t> symbols_of(ByteView column, ByteView used) {
  std::list<Byte> recent(used.begin(), used.end());
  std::vector<std::size_t> symbols;
  std::size_t run = 0;
  const auto end_run = [&] {
    for (; run > 0; run = (run - 1) / 2) symbols.push_back(run % 2 == 0 ? 1 : 0);
  };
  for (const Byte byte : column) {
    const auto found = std::ranges::find(recent, byte);
    const auto rank = static_cast<std::size_t>(std::distance(recent.begin(), found));
    recent.splice(recent.begin(), recent, found);
    if (rank == 0) {
      ++run;
    } else {
      end_run();
      symbols.push_back(rank + 1);
    }
  }
  end_run();
  return symbols;
}

// A text without a run of four, which bzip2 would shorten, and with a first byte that occurs once,
// so that no two contexts are equal up to the beginning.
Bytes text_without_runs(std::size_t size) {
  Bytes text = {1};
  for (const Byte byte : text_like(size)) {
    const auto last = ByteView(text).last(std::min<std::size_t>(text.size(), 3));
    if (last.size() < 3 || std::ranges::count(last, byte) < 3) text.push_back(byte);
  }
  return text;
}

TEST(SortedContexts, AreTheColumnThatBzip2WritesToTheBit) {
  const Bytes text = text_without_runs(20'000);
  const SortedContexts contexts = contexts_of(text);
  // bzip2 sorts rotations: the row of the whole text is there, the first byte follows it.
  Bytes column = column_of(contexts);
  const std::size_t origin = contexts.place() - 1;
  column.erase(column.begin());
  column.insert(column.begin() + static_cast<std::ptrdiff_t>(origin), text[0]);

  const auto bzip2 = make_codec("bzip2:9");
  const Bytes reversed(text.rbegin(), text.rend());
  const auto tables = read_bzip2_tables(bzip2->compress(reversed));
  ASSERT_TRUE(tables);
  EXPECT_EQ(tables->origin, origin);
  std::vector<std::size_t> symbols = symbols_of(column, tables->used);
  symbols.push_back(tables->used.size() + 1);
  ASSERT_EQ((symbols.size() + kBzip2GroupSize - 1) / kBzip2GroupSize, tables->choices.size());
  std::size_t bits = tables->symbols_at;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    bits += tables->codes[tables->choices[i / kBzip2GroupSize]][symbols[i]];
  }
  constexpr std::size_t kEndBits = 80;
  EXPECT_EQ(static_cast<double>(bits + kEndBits), bzip2->bits(reversed, Units::kBits));
}

TEST(Bzip2Insertion, IsTheCodeOfTheColumnWithTheByteInIt) {
  const Bytes text = text_like(4000);
  const auto tables = read_bzip2_tables(make_codec("bzip2:9")->compress(text));
  ASSERT_TRUE(tables);
  const Bzip2Insertion insertion(*tables);
  std::vector<double> shares(tables->codes.size());
  for (const auto choice : tables->choices) {
    shares[choice] += 1.0 / static_cast<double>(tables->choices.size());
  }
  for (const std::string_view rows : {"|", "t|", "|e", "eee|eee", "ttttt|", "eeta|aeei", "q|qqqq",
                                      "eeeeeeteeeeeee|eeeeeeesteee", "abcdefgh|hgfedcba"}) {
    const std::size_t gap = rows.find('|');
    const Bytes above = to_bytes(rows.substr(0, gap));
    const Bytes below = to_bytes(rows.substr(gap + 1));
    std::array<double, 256> probs{};
    insertion.add(above, below, 2, probs);
    EXPECT_NEAR(std::accumulate(probs.begin(), probs.end(), 0.0), 2, 1e-12) << rows;
    const auto likelihood = [&](Byte byte) {
      const Bytes column = concat(concat(above, Bytes{byte}), below);
      double sum = 0;
      for (std::size_t code = 0; code < shares.size(); ++code) {
        double bits = 0;
        for (const std::size_t symbol : symbols_of(column, tables->used)) {
          bits += tables->codes[code][symbol];
        }
        sum += shares[code] * std::exp2(-bits);
      }
      return sum;
    };
    const Byte first = tables->used[0];
    for (const Byte byte : tables->used) {
      EXPECT_NEAR(probs[byte] / probs[first] / (likelihood(byte) / likelihood(first)), 1, 1e-9)
          << rows << ' ' << byte;
    }
  }
}

double probability(const Predictor& predictor, Byte byte) {
  return std::exp2(predictor.log2_probs()[byte]);
}

TEST(Bzip2Predictor, ExpectsARunToGoOnAndARepetitionToo) {
  const auto predictor = make_predictor("bzip2:9");
  predictor->observe(Bytes(5000, 'a'));
  EXPECT_GT(probability(*predictor, 'a'), 0.99);
  const Bytes page = text_like(3000);
  predictor->observe(page);
  predictor->observe(ByteView(page).first(1000));
  EXPECT_GT(probability(*predictor, page[1000]), 0.8);
}

// Around the sizes where the block fills and where its beginning moves on.
TEST(Bzip2Predictor, SeesTheLastBlock) {
  constexpr std::size_t kBlock = 100'000 - 19;
  const Bytes text = text_like(kBlock + 2);
  const auto begin = std::next(text.begin(), kBlock / 8);
  for (const std::size_t size : {kBlock - 1, kBlock, kBlock + 1}) {
    const auto predictor = make_predictor("bzip2:1");
    predictor->observe(ByteView(text).first(size));
    const auto other = make_predictor("bzip2:1");
    other->observe(Bytes(begin, text.begin() + static_cast<std::ptrdiff_t>(size)));
    const double difference = probability(*predictor, text[size]) - probability(*other, text[size]);
    if (size <= kBlock) {
      EXPECT_NE(difference, 0) << size;
    } else {
      EXPECT_NEAR(difference, 0, 0.05) << size;  // the codes are those of slightly different sizes
    }
  }
}

}  // namespace
}  // namespace zipdream
