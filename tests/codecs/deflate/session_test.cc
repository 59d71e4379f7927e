// SPDX-License-Identifier: Apache-2.0
// The two sessions of gzip, zlib and deflate against two oracles: the size of the stream that
// compress() writes, and the bit at which inflate() finds the end of its last block.
#include "codecs/deflate/session.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "codecs/deflate/exact_session.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kWindow = 32768;
constexpr std::size_t kBlockSymbols = 16383;
constexpr std::size_t kSlide = 65274;      // the first position at which the window may slide
constexpr int kEndOfLastBlock = 128 + 64;  // in data_type after inflate(Z_BLOCK)

// Where the last block of a raw DEFLATE stream ends, and whether that block is empty.
struct EndOfBlocks {
  std::uint64_t bits = 0;
  bool last_is_empty = false;
};

EndOfBlocks find_end_of_blocks(ByteView raw) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  stream.next_in = const_cast<Byte*>(raw.data());
  stream.avail_in = static_cast<uInt>(raw.size());
  Bytes room(200'000);
  EndOfBlocks end;
  int status = Z_OK;
  while (status == Z_OK && (stream.data_type & kEndOfLastBlock) != kEndOfLastBlock) {
    const std::uint64_t size_before = stream.total_out;
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(room.size());
    status = inflate(&stream, Z_BLOCK);
    end.bits = 8 * stream.total_in - static_cast<unsigned>(stream.data_type & 7);
    end.last_is_empty = stream.total_out == size_before;
  }
  EXPECT_EQ(status, Z_OK);
  inflateEnd(&stream);
  return end;
}

using Start = std::unique_ptr<Session>(int level, std::size_t wrapper_bytes, Units units);

// Holds both units of a session that has seen `context` to the reference. Returns how many of the
// candidates made zlib end with an empty block.
int expect_exact(Start* start, int level, const std::vector<ByteView>& context,
                 const std::vector<ByteView>& candidates, const std::string& what) {
  const auto codec = make_codec("deflate:" + std::to_string(level));
  const auto in_bits = start(level, 0, Units::kBits);
  const auto in_bytes = start(level, 0, Units::kBytes);
  Bytes whole;
  for (const ByteView part : context) {
    in_bits->append(part);
    in_bytes->append(part);
    whole = concat(whole, part);
  }
  std::vector<double> bits(candidates.size());
  std::vector<double> bytes(candidates.size());
  in_bits->bits_after(candidates, bits);
  in_bytes->bits_after(candidates, bytes);
  int empty_blocks = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Bytes stream = codec->compress(concat(whole, candidates[i]));
    const EndOfBlocks end = find_end_of_blocks(stream);
    EXPECT_EQ(bytes[i], 8.0 * static_cast<double>(stream.size()))
        << what << ", level " << level << ", context " << whole.size() << ", candidate " << i;
    EXPECT_EQ(bits[i], static_cast<double>(end.bits))
        << what << ", level " << level << ", context " << whole.size() << ", candidate " << i;
    empty_blocks += end.last_is_empty;
  }
  return empty_blocks;
}

int expect_exact(int level, const std::vector<ByteView>& context,
                 const std::vector<ByteView>& candidates, const std::string& what) {
  expect_exact(start_exact_session, level, context, candidates, "exact: " + what);
  return expect_exact(start_gzip_session, level, context, candidates, "copied: " + what);
}

// Continuations that repeat the context, break with it, or are empty.
std::vector<Bytes> continuations(ByteView context, int seed) {
  std::vector<Bytes> found = {{}, {'e'}, random_bytes(1, seed), random_bytes(24, seed)};
  if (context.size() > 300) {
    const ByteView start = context.subspan(context.size() / 2);
    found.emplace_back(start.begin(), start.begin() + 5);
    found.emplace_back(start.begin(), start.begin() + 150);
  }
  return found;
}

std::vector<ByteView> views(const std::vector<Bytes>& all) { return {all.begin(), all.end()}; }

class GzipSession : public testing::TestWithParam<int> {
 protected:
  int level() const { return GetParam(); }
};

TEST_P(GzipSession, IsExactForContextsOfAllKindsAndSizes) {
  Rng rng(static_cast<std::uint64_t>(level()));
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t limit : {30, 3000, 20'000, 70'000, 100'000}) {
      const std::size_t size = static_cast<std::size_t>(rng.next() % limit);
      const Bytes context = kind.make(size, static_cast<int>(limit));
      const std::vector<Bytes> candidates = continuations(context, level());
      expect_exact(level(), {context}, views(candidates), std::string(kind.name));
    }
  }
}

TEST_P(GzipSession, CountsTheEmptyBlockOfAnEmptyInput) {
  EXPECT_EQ(expect_exact(level(), {}, {ByteView{}}, "nothing"), 1);
}

// A block is full after 16383 symbols. When the input ends there too, zlib appends an empty last
// block that deflate(Z_BLOCK) doesn't show; see deflater.h.
TEST_P(GzipSession, CountsTheEmptyBlockAfterAFullOne) {
  const Bytes literals = without_matches(kBlockSymbols + 8);
  const Bytes match(literals.begin() + 100, literals.begin() + 108);
  int empty_blocks = 0;
  for (std::size_t size = kBlockSymbols - 8; size <= kBlockSymbols + 4; ++size) {
    const ByteView context = ByteView(literals).first(size);
    const Bytes literal_then_match = concat(ByteView(literals).subspan(size, 1), match);
    empty_blocks += expect_exact(level(), {context}, {{}, match, literal_then_match}, "full block");
  }
  EXPECT_GE(empty_blocks, 2) << "the case that this is about did not come up";
}

TEST_P(GzipSession, SeesAFullBlockInsideALongCandidate) {
  const Bytes literals = without_matches(3 * kBlockSymbols);
  const Bytes match(literals.begin() + 40'000, literals.begin() + 40'008);
  const Bytes long_candidate =
      concat(ByteView(literals).subspan(20'000, 2 * kBlockSymbols - 20'001), match);
  expect_exact(level(), {ByteView(literals).first(20'000)}, {long_candidate, match},
               "long candidate");
}

// Alone, and five that differ in their last byte.
TEST_P(GzipSession, IsExactForCandidatesLongerThanTheWindow) {
  for (const SampleKind& kind : {SampleKind{"copies", copies}, SampleKind{"text", text_like}}) {
    const Bytes data = kind.make(150'000, level());
    const ByteView rest = ByteView(data).subspan(20'000);
    std::vector<Bytes> candidates(5, Bytes(rest.begin(), rest.begin() + kWindow + 1));
    for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].back() = Byte("ex \0z"[i]);
    for (const std::size_t size : {kWindow - 1, kWindow, 2 * kWindow + 1, std::size_t{120'000}}) {
      candidates.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    }
    expect_exact(level(), {ByteView(data).first(20'000)}, views(candidates), "long candidates");
  }
}

// zlib may search 32506 bytes back, so at 65274 the text at 32768 is just within reach, unless the
// window slid there and made 32768 the null link; see deflater.h. No other text may have its hash.
TEST_P(GzipSession, KeepsTheMatchAtTheSlideOfTheWindow) {
  Bytes data = random_bytes(2 * kWindow + 600);
  for (Byte& byte : data) byte %= 16;
  for (std::size_t i = 0; i < 16; ++i)
    data[kSlide + i] = data[kWindow + i] = static_cast<Byte>(16 + i);
  for (const std::size_t end : {65274, 65276, 65278, 65280, 65400, 65534, 65535, 65536, 65540}) {
    const ByteView context = ByteView(data).first(end);
    const ByteView rest = ByteView(data).subspan(end);
    expect_exact(level(), {context}, {{}, rest.first(1), rest.first(2), rest.first(300)}, "slide");
  }
}

TEST_P(GzipSession, IsExactHoweverTheContextArrives) {
  Rng rng(7);
  Bytes data = copies(3 * kWindow + 2000, level());
  std::vector<ByteView> parts;
  for (ByteView rest = data; !rest.empty();) {
    // Mostly small steps near the slides, large ones elsewhere.
    const std::size_t at = (data.size() - rest.size()) % kWindow;
    const std::size_t step = at > kWindow - 400 ? 1 + rng.next() % 40 : 1 + rng.next() % 5000;
    parts.push_back(rest.first(std::min<std::size_t>(step, rest.size())));
    rest = rest.subspan(parts.back().size());
    if (data.size() - rest.size() < 2 * kWindow - 400) continue;
    if (at > kWindow - 400 || rng.next() % 4 == 0) {
      expect_exact(level(), parts, {{}, rest.first(std::min<std::size_t>(9, rest.size()))},
                   "parts");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Level, GzipSession, testing::Range(1, 10),
                         [](const auto& test) { return std::to_string(test.param); });

// Which of the two sessions that is depends on the zlib that is here; see tests/CMakeLists.txt.
TEST(DeflateSession, IsExactWhicheverZlibIsHere) {
  for (const int level : {1, 4, 6, 9}) {
    const auto start = [](int of_level, std::size_t /*wrapper_bytes*/, Units units) {
      static std::vector<std::unique_ptr<Codec>> codecs;  // outlive the sessions
      codecs.push_back(make_codec("deflate:" + std::to_string(of_level)));
      return codecs.back()->start(units);
    };
    for (const Bytes& context : {text_like(3000), concat(random_bytes(20'000), copies(50'000))}) {
      const std::vector<Bytes> candidates = continuations(context, level);
      expect_exact(start, level, {context}, views(candidates), "the codec's own");
    }
  }
}

TEST(GzipSessionWrappers, AddTheirHeaderAndTrailer) {
  const Bytes text = text_like(500);
  const double raw = make_codec("deflate")->bits(text, Units::kBits);
  EXPECT_EQ(make_codec("gzip")->bits(text, Units::kBits), raw + 8 * 18);
  EXPECT_EQ(make_codec("zlib")->bits(text, Units::kBits), raw + 8 * 6);
  EXPECT_EQ(make_codec("gzip")->bits(text, Units::kBytes),
            8.0 * static_cast<double>(make_codec("gzip")->compress(text).size()));
}

}  // namespace
}  // namespace zipdream
