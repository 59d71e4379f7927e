// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/train_bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using testing::ElementsAre;

std::string train(const std::vector<std::string>& texts, std::size_t size) {
  std::vector<ByteView> views;
  views.reserve(texts.size());
  for (const std::string& text : texts) views.push_back(as_bytes(text));
  return train_bpe(views, size);
}

std::vector<std::string> merges_of(const std::string& json) {
  return nlohmann::json::parse(json)["model"]["merges"].get<std::vector<std::string>>();
}

TEST(TrainBpe, MergesTheMostFrequentPairFirst) {
  EXPECT_THAT(merges_of(train({"low low low lower lower newest"}, 260)),
              ElementsAre("l o", "lo w", "Ġ low"));
}

TEST(TrainBpe, OfEquallyFrequentPairsMergesTheSmallestBytesFirst) {
  EXPECT_THAT(merges_of(train({"zb", "zb", "ab", "ab", "za", "za"}, 400)),
              ElementsAre("a b", "z a", "z b"));
}

TEST(TrainBpe, StopsWhenNoPairOccursTwice) {
  const auto tokenizer = load_text(train({"abcdef"}, 1000));
  EXPECT_EQ(tokenizer->size(), kMinBpeVocabulary);
}

TEST(TrainBpe, GivesAVocabularyThatLoadsAndBringsBackAllBytes) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "hello hell shell 'S \xFF\xFE é日 \n\n";
  const auto tokenizer = load_text(train({text, "another hello"}, 300));
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  EXPECT_EQ(tokenizer->end_of_text(), tokenizer->find("<|endoftext|>"));
  EXPECT_EQ(tokenizer->end_of_text(), std::optional<Symbol>(tokenizer->size() - 1));
  for (Symbol byte = 0; byte < 256; ++byte) {
    EXPECT_THAT(tokenizer->bytes_of(byte), ElementsAre(static_cast<Byte>(byte)));
  }
  for (const Bytes& awkward : awkward_texts()) {
    EXPECT_EQ(decode(*tokenizer, tokenizer->encode(awkward)), awkward);
  }
  EXPECT_LT(tokenizer->encode(as_bytes(text)).size(), text.size() / 2);
}

TEST(TrainBpe, DependsOnNoOrderOfTheTexts) {
  EXPECT_EQ(train({"hello world", "the theory", ""}, 280),
            train({"the theory", "hello world"}, 280));
}

TEST(TrainBpe, TakesEmptyTextsAndOneRunOfAMegabyte) {
  EXPECT_EQ(load_text(train({}, 300))->size(), 257U);
  EXPECT_EQ(load_text(train({""}, 300))->size(), 257U);
  const auto tokenizer = load_text(train({std::string(1'000'000, 'a')}, 300));
  EXPECT_EQ(tokenizer->encode(Bytes(1280, 'a')).size(), 10U) << "tokens have 128 bytes at most";
}

TEST(TrainBpe, RefusesSizesThatCannotBe) {
  EXPECT_THROW((void)train({"a"}, kMinBpeVocabulary - 1), Error);
  EXPECT_THROW((void)train({"a"}, kMaxBpeVocabulary + 1), Error);
}

// Counts anew before each merge.
std::vector<PairCounts::Pair> merges_slowly(std::vector<std::vector<std::string>> words) {
  std::vector<std::pair<std::string, std::string>> merges;
  for (;;) {
    std::map<std::pair<std::string, std::string>, int> counts;
    for (const auto& word : words) {
      for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
    }
    int most = 1;
    std::pair<std::string, std::string> best;
    for (const auto& [pair, count] : counts) {
      if (count <= most || pair.first.size() + pair.second.size() > kMaxSymbolBytes) continue;
      most = count;
      best = pair;
    }
    if (most < 2) break;
    merges.push_back(best);
    for (auto& word : words) {
      for (std::size_t i = 0; i + 1 < word.size(); ++i) {
        if (word[i] != best.first || word[i + 1] != best.second) continue;
        word[i] += word[i + 1];
        word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
  }
  std::map<std::string, Symbol> symbols;
  std::vector<PairCounts::Pair> result;
  const auto symbol = [&](const std::string& bytes) {
    if (bytes.size() == 1) return Symbol{static_cast<Byte>(bytes[0])};
    return symbols.at(bytes);
  };
  for (const auto& [left, right] : merges) {
    result.emplace_back(symbol(left), symbol(right));
    symbols.emplace(left + right, static_cast<Symbol>(256 + symbols.size()));
  }
  return result;
}

TEST(PairCounts, KeepsCountsAsIfCountedAnewAfterEachMerge) {
  Rng rng(5);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> texts(1 + rng.next() % 5);
    std::vector<std::vector<std::string>> letters;
    std::map<std::string, std::uint64_t> counted;
    for (std::string& text : texts) {
      const std::size_t size = rng.next() % 120;
      for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + rng.next() % 3);
      for (std::uint64_t copy = rng.next() % 3 + 1; copy > 0; --copy) {
        ++counted[text];
        letters.emplace_back();
        for (const char c : text) letters.back().emplace_back(1, c);
      }
    }
    const std::vector<std::pair<std::string_view, std::uint64_t>> words(counted.begin(),
                                                                        counted.end());
    PairCounts pairs(words);
    std::vector<PairCounts::Pair> merges;
    while (const auto pair = pairs.most_frequent()) {
      merges.push_back(*pair);
      pairs.merge(*pair);
    }
    EXPECT_EQ(merges, merges_slowly(letters));
  }
}

}  // namespace
}  // namespace zipdream
