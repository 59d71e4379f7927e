// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/lookahead.h"

#include <gtest/gtest.h>
#include <lzma.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::size_t plain_reach_of_past(ByteView data, std::size_t limit) {
  std::size_t longest = 0;
  for (std::size_t shift = 1; shift < data.size(); ++shift) {
    std::size_t differences = 0;
    for (std::size_t length = 1; length + shift <= data.size(); ++length) {
      const std::size_t at = data.size() - length;
      if (data[at] != data[at - shift] && ++differences == 2) break;
      longest = std::max(longest, length);
    }
  }
  return std::min(std::max<std::size_t>(longest, 16), limit);
}

TEST(ReachOfPast, IsTheLongestEndThatOccurredBeforeButForOneByte) {
  Rng rng(1);
  for (int round = 0; round < 3000; ++round) {
    Bytes data = few_symbols(rng.next() % 150, round);
    if (data.size() > 60 && round % 2 == 0) {
      const Bytes copy(data.begin() + 5, data.begin() + 55);
      data.insert(data.end(), copy.begin(), copy.end());
      data[data.size() - 1 - rng.next() % 50] ^= 1;
    }
    for (const std::size_t limit : {16, 30, 1000}) {
      ASSERT_EQ(reach_of_past(data, limit), plain_reach_of_past(data, limit)) << round;
    }
  }
}

// An encoder of liblzma's, whose memory is known.
class Stream {
 public:
  explicit Stream(std::uint32_t preset) {
    allocator_ = {allocate, release, &blocks_};
    stream_.allocator = &allocator_;
    EXPECT_EQ(lzma_easy_encoder(&stream_, preset, LZMA_CHECK_NONE), LZMA_OK);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { lzma_end(&stream_); }

  void code(ByteView bytes, lzma_action action) {
    stream_.next_in = bytes.data();
    stream_.avail_in = bytes.size();
    Bytes room(std::size_t{128} << 10);
    lzma_ret status = LZMA_OK;
    do {
      stream_.next_out = room.data();
      stream_.avail_out = room.size();
      status = lzma_code(&stream_, action);
      output_.insert(output_.end(), room.begin(), room.end() - stream_.avail_out);
    } while (status == LZMA_OK && (stream_.avail_in != 0 || action == LZMA_FINISH));
  }

  [[nodiscard]] const LzmaBlocks& blocks() const { return blocks_; }
  [[nodiscard]] const Bytes& output() const { return output_; }

 private:
  static void* allocate(void* blocks, std::size_t items, std::size_t size) {
    void* const block = std::calloc(items, size);
    static_cast<LzmaBlocks*>(blocks)->add(block, items * size);
    return block;
  }
  static void release(void* /*blocks*/, void* block) { std::free(block); }

  LzmaBlocks blocks_;
  lzma_allocator allocator_{};
  lzma_stream stream_ = LZMA_STREAM_INIT;
  Bytes output_;
};

std::optional<LzmaWindow> find(const Stream& stream, ByteView data) {
  return LzmaWindow::find(stream.blocks(), data.size(), data);
}

TEST(LzmaWindow, IsFoundInEveryPresetAndTellsWhereTheEncoderIs) {
  for (std::uint32_t preset = 0; preset <= 7; ++preset) {
    for (const std::size_t size : {500, 4370, 4371, 20'000}) {
      const Bytes data = text_like(size);
      Stream stream(preset);
      stream.code(data, LZMA_RUN);
      const auto window = find(stream, data);
      ASSERT_TRUE(window) << preset << ' ' << size;
      EXPECT_EQ(Bytes(window->data().begin(), window->data().end()), data);
      EXPECT_LE(window->position(), size);
      EXPECT_GE(window->position() + 4370, size);
    }
  }
}

TEST(LzmaWindow, IsNotFoundWhereTheRelationsDoNotHold) {
  const Bytes data = text_like(9000);
  Stream stream(1);
  stream.code(data, LZMA_RUN);
  Bytes other = data;
  other[100] ^= 1;
  EXPECT_FALSE(find(stream, other));
  EXPECT_FALSE(find(stream, ByteView(data).first(8999)));
  EXPECT_FALSE(LzmaWindow::find({}, data.size(), data));
  stream.code({}, LZMA_FINISH);
  EXPECT_FALSE(find(stream, data)) << "the limit is another when it ends";
}

TEST(LzmaWindow, LetsTheEncoderGoOnWithoutChangingItsStream) {
  for (const std::uint32_t preset : {0U, 1U, 3U, 4U, 6U, 3U | LZMA_PRESET_EXTREME}) {
    const Bytes data = text_like(9000, 3);
    const ByteView context = ByteView(data).first(8000);
    Stream plain(preset);
    plain.code(data, LZMA_FINISH);
    Stream stream(preset);
    stream.code(context, LZMA_RUN);
    auto window = find(stream, context);
    ASSERT_TRUE(window);
    const std::size_t settled = 8000 - reach_of_past(context, kMaxLzmaReach) - 1;
    window->set_limit(settled - 3000);
    stream.code(ByteView(data).subspan(8000, 1), LZMA_RUN);
    EXPECT_GE(window->position(), settled - 3000);
    ASSERT_LE(window->position(), settled) << "choose another text";
    stream.code(ByteView(data).subspan(8001), LZMA_FINISH);
    EXPECT_EQ(stream.output(), plain.output()) << preset;
  }
}

// Contexts that end in long copies of their past, now and then with one byte changed, and
// candidates that go on with the copy.
TEST(LzmaLookahead, IsExactWhereCopiesReachTheEnd) {
  Rng rng(5);
  for (const char* spec : {"lzma:1", "xz:2", "lzma:4"}) {
    const auto codec = make_codec(spec);
    for (int round = 0; round < 6; ++round) {
      const Bytes past = text_like(1500 + rng.next() % 3000, round);
      const std::size_t length = 30 + rng.next() % (round % 2 == 0 ? 100 : 700);
      const std::size_t from = rng.next() % (past.size() - length);
      Bytes copy(past.begin() + static_cast<std::ptrdiff_t>(from),
                 past.begin() + static_cast<std::ptrdiff_t>(from + length));
      if (round % 3 != 0) copy[rng.next() % length] ^= 1;
      const auto session = codec->start(Units::kBits);
      session->append(past);
      for (std::size_t at = 0; at < length;) {
        const std::size_t step = std::min<std::size_t>(1 + rng.next() % 40, length - at);
        session->append(ByteView(copy).subspan(at, step));
        at += step;
        const Bytes context = concat(past, ByteView(copy).first(at));
        const ByteView rest = ByteView(copy).subspan(at);
        const std::vector<ByteView> candidates = {rest, rest.first(rest.size() / 2), {}};
        std::vector<double> lengths(candidates.size());
        session->bits_after(candidates, lengths);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
          ASSERT_EQ(lengths[i], codec->bits(concat(context, candidates[i]), Units::kBits))
              << spec << ' ' << round << ' ' << at << ' ' << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace zipdream
