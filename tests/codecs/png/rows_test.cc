// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/rows.h"

#include <gtest/gtest.h>

#include <array>

#include "media/image/imaging.h"
#include "tests/codecs/deflate/stream_reader.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/codecs/specs.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Slopes and noise, so that every filter finds a row to its liking.
Image landscape(int width, int height, int channels) {
  Rng rng(1);
  Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width * channels; ++x) {
      const int slope = y % 7 == 0 ? 0 : 3 * x + (y % 5) * y;
      const int noise = static_cast<int>(rng.next() % (1 + static_cast<unsigned>(y) % 9));
      image.pixels.push_back(static_cast<Byte>(slope / channels + noise));
    }
  }
  return image;
}

constexpr std::size_t kEnough = std::size_t{1} << 20;

TEST(PngRows, AreTheImageUnderTheFiltersThatTheyName) {
  for (const int channels : {1, 3}) {
    const Image image = landscape(60, 50, channels);
    const PngRows rows = read_png_rows(imaging().encode_png(image, 9), kEnough);
    EXPECT_EQ(rows.shape.width, 60U);
    EXPECT_EQ(rows.shape.height, 50U);
    EXPECT_EQ(rows.shape.channels, static_cast<std::size_t>(channels));
    const std::size_t row = image.row_bytes();
    Bytes filtered;
    for (std::size_t y = 0; y < 50; ++y) {
      const ByteView pixels = ByteView(image.pixels).subspan(y * row, row);
      const ByteView above =
          y == 0 ? ByteView() : ByteView(image.pixels).subspan((y - 1) * row, row);
      append_filtered_row(rows.blocks.text[y * (row + 1)], pixels, above, rows.shape.channels,
                          filtered);
      EXPECT_EQ(choose_filter(pixels, above, rows.shape.channels), rows.blocks.text[y * (row + 1)])
          << y;
    }
    EXPECT_EQ(rows.blocks.text, filtered);
  }
}

// What Pillow 9.4 takes for these rows when it saves them as Image.save("x.png").
TEST(PngRows, WithoutAverageAreFilteredAsPillowDoes) {
  constexpr int kWidth = 16;
  constexpr std::array<int, 24> kFilters = {1, 1, 1, 4, 1, 4, 4, 4, 0, 0, 0, 0,
                                            4, 4, 4, 4, 1, 2, 2, 2, 1, 4, 4, 4};
  Bytes pixels;
  for (int i = 0; i < kWidth * 24; ++i) {
    const int x = i % kWidth;
    const int y = i / kWidth;
    const std::array<int, 6> kinds = {
        i * i / 7, 3 * x + 5 * y, i % 3, 90 + (i * 7919 >> 3) % 23, 7, x * x / 3 + (y + 1) % 2};
    pixels.push_back(static_cast<Byte>(kinds[static_cast<std::size_t>(y / 4)]));
  }
  const Bytes rows = filter_rows({kWidth, 24, 1}, pixels, PngFilters::kNoAverage);
  for (std::size_t y = 0; y < kFilters.size(); ++y) {
    EXPECT_EQ(rows[y * (1 + kWidth)], kFilters[y]) << y;
  }
  const Bytes file = make_codec("png:6,width=16,filters=no-average")->compress(pixels);
  EXPECT_EQ(read_png_rows(file, kEnough).blocks.text, rows);
}

TEST(PngRows, AreWrittenAsAnImageThatEveryReaderReads) {
  const Image image = landscape(33, 20, 3);
  Bytes filtered;
  const std::size_t row = image.row_bytes();
  for (std::size_t y = 0; y < 20; ++y) {
    const ByteView above = y == 0 ? ByteView() : ByteView(image.pixels).subspan((y - 1) * row, row);
    append_filtered_row(static_cast<int>(y % kPngFilters),
                        ByteView(image.pixels).subspan(y * row, row), above, 3, filtered);
  }
  const Bytes file = write_png_rows({33, 20, 3}, filtered, 0);
  EXPECT_EQ(imaging().decode(file, kEnough).pixels, image.pixels);
  EXPECT_EQ(read_png_rows(file, kEnough).blocks.text, filtered);
}

TEST(PngRows, AreReadOrRefusedWhateverIsDamaged) {
  const Bytes whole = imaging().encode_png(landscape(20, 20, 3), 6);
  const auto try_read = [](ByteView file) {
    try {
      (void)read_png_rows(file, kEnough);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  EXPECT_TRUE(try_read(whole));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 0x21;
    EXPECT_FALSE(try_read(damaged)) << i;
    EXPECT_FALSE(try_read(ByteView(whole).first(i))) << i;
  }
}

TEST(PngRows, OfAnImageThatIsTooLargeAreRefused) {
  EXPECT_THROW((void)read_png_rows(imaging().encode_png(landscape(20, 20, 1), 6), 399), Error);
}

class BlockHeadersOf : public testing::TestWithParam<std::string> {};

TEST_P(BlockHeadersOf, EveryKindOfTextAreThoseThatStandInTheStream) {
  for (const auto& [name, make] : sample_kinds()) {
    for (const std::size_t size : {0, 1, 100, 20'000}) {
      const Bytes text = make(size, 1);
      const Bytes stream = make_codec(GetParam())->compress(text);
      const deflate::Blocks blocks = deflate::find_blocks(stream, size);
      EXPECT_EQ(blocks.text, text);
      const auto expected = deflate::read_blocks(stream);
      ASSERT_EQ(blocks.headers.size(), expected.size()) << name << size;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (expected[i].form != deflate::BlockForm::kDynamic) continue;
        const auto codes =
            deflate::read_code_lengths(deflate::header_bits(stream, blocks.headers[i]));
        const auto& header = expected[i].header;
        EXPECT_EQ(header.bits + 3, blocks.headers[i].end - blocks.headers[i].begin);
        for (std::size_t symbol = 0; symbol < codes.literals.size(); ++symbol) {
          EXPECT_EQ(codes.literals[symbol],
                    symbol < header.literals.size() ? header.literals[symbol] : 0);
        }
        for (std::size_t symbol = 0; symbol < codes.distances.size(); ++symbol) {
          EXPECT_EQ(codes.distances[symbol],
                    symbol < header.distances.size() ? header.distances[symbol] : 0);
        }
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Each, BlockHeadersOf, testing::Values("deflate:1", "deflate:9"),
                         [](const auto& test) { return test_name(test); });

TEST(BlockHeaders, OfTextOfTheWrongLengthAreRefused) {
  const Bytes stream = make_codec("deflate:9")->compress(text_like(1000));
  EXPECT_THROW((void)deflate::find_blocks(stream, 999), Error);
  EXPECT_THROW((void)deflate::find_blocks(stream, 1001), Error);
  EXPECT_THROW((void)deflate::find_blocks(ByteView(stream).first(100), 1000), Error);
}

TEST(BlockHeaders, TellOfTheEndOfTheText) {
  const Bytes text = concat(few_symbols(40'000), text_like(3'000));
  const deflate::Blocks blocks =
      deflate::find_blocks(make_codec("deflate:9")->compress(text), text.size());
  const deflate::BlockHeader& telling = deflate::representative_header(blocks);
  EXPECT_LE(telling.text, text.size() - 4096);
  for (const deflate::BlockHeader& header : blocks.headers) {
    if (header.text > telling.text) {
      EXPECT_GT(header.text, text.size() - 4096);
    }
  }
}

}  // namespace
}  // namespace zipdream
