// SPDX-License-Identifier: Apache-2.0
// The sessions that rewind encoders (codecs/snapshot/) against compressing everything again. The
// contract suite asks small questions of every codec; here are the sizes at which encoders close
// blocks, slide windows and choose parameters. ZIPDREAM_LONG_TESTS=1 asks many more.
#include "codecs/common/snapshot_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

bool is_long() { return std::getenv("ZIPDREAM_LONG_TESTS") != nullptr; }

std::vector<std::string> levels() {
  if (!is_long()) {
    return {"lzma:1",  "xz:0",   "xz:6",   "bzip2:1",  "bzip2:9",   "zstd:1",
            "zstd:19", "zstd:9", "zstd:3", "brotli:2", "brotli:11", "brotli:5"};
  }
  std::vector<std::string> all;
  const auto add = [&](const std::string& name, int first, int last) {
    for (int i = first; i <= last; ++i) all.push_back(name + ":" + std::to_string(i));
  };
  add("xz", 0, 9);
  add("lzma", 0, 9);
  all.emplace_back("xz:3e");
  add("bzip2", 1, 9);
  add("zstd", 1, 22);
  add("brotli", 0, 11);
  return all;
}

std::vector<Bytes> continuations(ByteView context, int seed) {
  std::vector<Bytes> found = {{}, {'e'}, random_bytes(1, seed), text_like(24, seed)};
  if (context.size() > 300) {
    const ByteView start = context.subspan(context.size() / 2);
    found.emplace_back(start.begin(), start.begin() + 150);
  }
  return found;
}

class SnapshotSession : public testing::TestWithParam<std::string> {
 protected:
  // Too slow for the large contexts of the short form.
  static bool is_slow() {
    const std::string& spec = GetParam();
    return !is_long() && (spec == "brotli:11" || spec == "zstd:19" || spec == "xz:6");
  }

  // A session in both units against the codec; returns the number of candidates.
  void expect_exact(ByteView context, const std::vector<Bytes>& candidates,
                    std::string_view what) const {
    for (const Units units : {Units::kBits, Units::kBytes}) {
      const auto session = codec_->start(units);
      session->append(context);
      expect_exact(*session, units, context, candidates, what);
    }
  }

  void expect_exact(const Session& session, Units units, ByteView context,
                    const std::vector<Bytes>& candidates, std::string_view what) const {
    const std::vector<ByteView> views(candidates.begin(), candidates.end());
    std::vector<double> lengths(views.size());
    session.bits_after(views, lengths);
    for (std::size_t i = 0; i < views.size(); ++i) {
      EXPECT_EQ(lengths[i], recompressed(concat(context, views[i]), units))
          << what << ", context " << context.size() << ", candidate " << i;
    }
  }

  double recompressed(ByteView data, Units units) const {
    if (units == Units::kBits) return codec_->bits(data, units);
    return 8.0 * static_cast<double>(codec_->compress(data).size());
  }

  std::unique_ptr<Codec> codec_ = make_codec(GetParam());
};

TEST_P(SnapshotSession, IsExactForContextsOfAllSizes) {
  for (const std::size_t size : {0, 1, 2000, 32 << 10, 256 << 10}) {
    if (is_slow() && size > 32 << 10) continue;
    const Bytes context = text_like(size, 3);
    expect_exact(context, continuations(context, 4), "text");
  }
}

TEST_P(SnapshotSession, IsExactForContextsOfAllKinds) {
  Rng rng(static_cast<std::uint64_t>(GetParam().size()));
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t limit : {30, 3000, is_long() ? 300'000 : is_slow() ? 8000 : 20'000}) {
      const Bytes context = kind.make(static_cast<std::size_t>(rng.next() % limit), 5);
      expect_exact(context, continuations(context, 6), kind.name);
    }
  }
}

// Where blocks and chunks end, and zstd and brotli choose by the size of the input.
std::vector<std::size_t> edges_of(const std::string& spec) {
  if (is_long())
    return {16 << 10, 64 << 10, 99'981, 100'000, 128 << 10, 256 << 10, 900'000, 1 << 20};
  if (spec == "bzip2:1") return {99'981};
  if (spec == "bzip2:9") return {};
  if (spec.starts_with("zstd")) return {128 << 10};
  if (spec == "brotli:2") return {16 << 10};
  return {64 << 10};
}

TEST_P(SnapshotSession, IsExactAroundTheEndsOfBlocks) {
  if (is_slow()) return;
  for (const std::size_t edge : edges_of(GetParam())) {
    for (const std::size_t before : {2, 1, 0}) {
      const Bytes context = copies(edge - before, 7);
      expect_exact(context, {{}, {'e'}, {1, 2}, random_bytes(40)}, "edge");
    }
  }
}

TEST_P(SnapshotSession, StaysExactWhileTheContextGrows) {
  const Bytes text = text_like(140'000, 8);
  Rng rng(9);
  const auto session = codec_->start(Units::kBits);
  for (std::size_t at = 0; at < (is_long() ? text.size() : 20'000);) {
    const std::size_t step = rng.next() % 3 == 0 ? 1 + rng.next() % 20'000 : 1 + rng.next() % 100;
    const ByteView news = ByteView(text).subspan(at, std::min(step, text.size() - at));
    session->append(news);
    at += news.size();
    const ByteView context = ByteView(text).first(at);
    expect_exact(*session, Units::kBits, context, {{'e'}, text_like(9, 10)}, "growing");
  }
}

TEST_P(SnapshotSession, AnswersManyThreadsAtOnceWhileClonesGoTheirOwnWays) {
  const Bytes context = text_like(5000, 11);
  const auto session = codec_->start(Units::kBits);
  session->append(context);
  const std::vector<Bytes> candidates = continuations(context, 12);
  const auto work = [&](Byte name) {
    expect_exact(*session, Units::kBits, context, candidates, "shared");
    const auto clone = session->clone();
    const Bytes news = {name, 'x'};
    clone->append(news);
    expect_exact(*clone, Units::kBits, concat(context, news), candidates, "clone");
    expect_exact(*session, Units::kBits, context, candidates, "shared again");
  };
  std::vector<std::thread> threads;
  for (const Byte name : {'a', 'b', 'c', 'd'}) threads.emplace_back(work, name);
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Of, SnapshotSession, testing::ValuesIn(levels()), [](const auto& test) {
  std::string name = test.param;
  std::erase(name, ':');
  return name;
});

}  // namespace
}  // namespace zipdream
