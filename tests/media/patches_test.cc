// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Each pixel tells its place.
Bytes picture(int width, int height) {
  Image image{.width = width, .height = height, .channels = 1};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image.pixels.push_back(static_cast<Byte>(16 * y + x));
  }
  return imaging().encode_png(image, 1);
}

TEST(Patches, HaveTheTwoClosestFactorsAsSides) {
  EXPECT_EQ(patch_sides(2048).rows, 32U);
  EXPECT_EQ(patch_sides(2048).columns, 64U);
  EXPECT_EQ(patch_sides(36).rows, 6U);
  EXPECT_EQ(patch_sides(7).rows, 1U);
  EXPECT_EQ(patch_sides(7).columns, 7U);
}

TEST(Patches, GoFromLeftToRightAndDownAndLeaveTheEdgesOut) {
  const Pieces pieces = image_patches(picture(5, 3), 2);  // patches of one row, two columns
  EXPECT_EQ(pieces.bytes, (Bytes{0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35}));
  EXPECT_EQ(pieces.left_out, 3U);
  const Pieces squares = image_patches(picture(5, 3), 4);
  EXPECT_EQ(squares.bytes, (Bytes{0, 1, 16, 17, 2, 3, 18, 19}));
  EXPECT_EQ(squares.left_out, 7U);
}

TEST(Patches, OfAnImageThatIsTooSmallAreNone) {
  const Pieces pieces = image_patches(picture(5, 3), 2048);
  EXPECT_TRUE(pieces.bytes.empty());
  EXPECT_EQ(pieces.left_out, 15U);
}

TEST(Patches, OfASoundAreWholePieces) {
  const Bytes samples = {128, 130, 126, 128, 129, 127, 128};
  const Bytes file = pack_pcm(samples, SampleFormat::kU8, 16000, AudioContainer::kWav);
  const Pieces pieces = audio_pieces(file, 3);
  EXPECT_EQ(pieces.bytes, Bytes(samples.begin(), samples.begin() + 6));
  EXPECT_EQ(pieces.left_out, 1U);
}

TEST(Patches, RefuseWhatIsNoImageAndNoSound) {
  EXPECT_THROW(static_cast<void>(image_patches(to_bytes("text"), 4)), Error);
  EXPECT_THROW(static_cast<void>(audio_pieces(to_bytes("text"), 4)), Error);
}

}  // namespace
}  // namespace zipdream
