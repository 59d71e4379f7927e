// SPDX-License-Identifier: Apache-2.0
// The pieces that the laws of matches are made of, against plain loops.
#include "codecs/common/shared_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codecs/common/matches.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::size_t kAll = 1 << 30;

std::vector<std::size_t> places_after(ByteView text, ByteView last, std::size_t begin) {
  std::vector<std::size_t> places;
  for (std::size_t at = text.size(); at-- > begin;) {
    if (std::ranges::equal(text.subspan(at - last.size(), last.size()), last)) {
      places.push_back(at);
    }
  }
  return places;
}

void expect_finds(const SharedText& text, ByteView plain) {
  ASSERT_EQ(text.size(), plain.size());
  for (std::size_t at = 0; at < plain.size(); at += 1 + at % 7) ASSERT_EQ(text[at], plain[at]);
  const Byte pair[] = {plain[plain.size() - 2], plain[plain.size() - 1]};
  for (const std::size_t begin : {std::size_t{2}, plain.size() / 2, plain.size() - 3}) {
    std::vector<std::size_t> found;
    const auto visit = [&](std::size_t at, Byte next) {
      EXPECT_EQ(next, plain[at]);
      found.push_back(at);
      return true;
    };
    text.find(pair[1], begin, text.size(), visit);
    EXPECT_EQ(found, places_after(plain, ByteView(pair).last(1), begin));
    found.clear();
    text.find(pair[0], pair[1], begin, text.size(), visit);
    EXPECT_EQ(found, places_after(plain, pair, begin));
  }
}

TEST(SharedText, FindsWhatALoopFindsHoweverItGrewAndWasCopied) {
  Rng rng(1);
  const Bytes plain = few_symbols(60000);
  std::vector<std::pair<SharedText, std::size_t>> copies;
  SharedText text(kAll);
  std::size_t size = 0;
  while (size < plain.size()) {
    const std::size_t piece = std::min<std::size_t>(
        1 + rng.next() % (rng.next() % 8 == 0 ? 20000 : 40), plain.size() - size);
    text.append(ByteView(plain).subspan(size, piece));
    size += piece;
    if (size < 4) continue;
    if (rng.next() % 5 == 0) {
      expect_finds(text, ByteView(plain).first(size));
      copies.emplace_back(text, size);
    }
  }
  ASSERT_GT(copies.size(), 5U);
  for (auto& [copy, had] : copies) {
    Bytes changed(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(had));
    expect_finds(copy, changed);
    const Bytes more = text_like(rng.next() % 40000);
    copy.append(more);
    changed.insert(changed.end(), more.begin(), more.end());
    expect_finds(copy, changed);
  }
  expect_finds(text, plain);
}

TEST(SharedText, KeepsWhatItPromisesToKeep) {
  const Bytes plain = text_like(50000);
  SharedText text(1000);
  for (std::size_t at = 0; at < plain.size(); at += 100) {
    text.append(ByteView(plain).subspan(at, 100));
    const std::size_t size = at + 100;
    const std::size_t from = size > 1000 ? size - 1000 : 0;
    EXPECT_EQ(text.copy(from, size), Bytes(plain.begin() + static_cast<std::ptrdiff_t>(from),
                                           plain.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(SharedText, StopsWhereTheVisitorSaysSo) {
  SharedText text(kAll);
  text.append(Bytes(1000, 'a'));
  int visits = 0;
  text.find('a', 1, 1000, [&](std::size_t, Byte) { return ++visits < 3; });
  EXPECT_EQ(visits, 3);
}

TEST(MatchSets, HoldEveryPlaceWhereTwoBytesOrMoreAgree) {
  constexpr std::size_t kReach = 300;
  constexpr std::size_t kLongest = 20;
  const Bytes plain = concat(few_symbols(600), runs(600));
  SharedText text(kAll);
  MatchSets matches(kReach, kLongest);
  for (std::size_t size = 1; size <= plain.size(); ++size) {
    text.append({&plain[size - 1], 1});
    matches.step(text, size);
    auto found = matches.positions().begin();
    for (std::size_t at = size; at-- > 2 && size - at <= kReach;) {
      std::size_t agreeing = 0;
      while (agreeing < std::min(at, kLongest) &&
             plain[at - 1 - agreeing] == plain[size - 1 - agreeing]) {
        ++agreeing;
      }
      if (agreeing < 2) continue;
      ASSERT_NE(found, matches.positions().end());
      EXPECT_EQ(found->at, at);
      EXPECT_EQ(found->agreeing, agreeing) << size << " " << at;
      ++found;
    }
    EXPECT_EQ(found, matches.positions().end());
  }
}

TEST(BucketCounts, AreThoseOfALoop) {
  const BucketStarts firsts = {1, 2, 5, 17, 100};
  const Bytes plain = few_symbols(700);
  SharedText text(kAll);
  BucketCounts slots(firsts);
  Rng rng(3);
  std::size_t size = 0;
  while (size < plain.size()) {
    const std::size_t piece = std::min<std::size_t>(rng.next() % 30, plain.size() - size);
    text.append(ByteView(plain).subspan(size, piece));
    size += piece;
    slots.update(text);
    std::size_t used = 0;
    while (used + 1 < firsts.size() && firsts[used] <= size) ++used;
    ASSERT_EQ(slots.buckets().size(), used);
    for (std::size_t slot = 0; slot < used; ++slot) {
      BucketCounts::Counts counts{};
      for (std::size_t d = firsts[slot]; d < firsts[slot + 1] && d <= size; ++d) {
        ++counts[plain[size - d]];
      }
      EXPECT_EQ(slots.buckets()[slot], counts) << size << ", slot " << slot;
    }
  }
}

TEST(RefreshSchedule, GoesFromPlaceToPlaceWithoutSkippingAny) {
  constexpr RefreshSchedule kSchedule{.divisor = 32, .max_interval = 512};
  std::size_t place = 0;
  for (std::size_t at = 0; at < 100000; ++at) {
    if (at == kSchedule.next(place)) place = at;
    ASSERT_EQ(kSchedule.last(at), place);
    ASSERT_LE(at - place, std::max<std::size_t>(1, at / 32));
  }
}

}  // namespace
}  // namespace zipdream
