// SPDX-License-Identifier: Apache-2.0
// `compress` without a model: pixels and samples by their own models, whatever their headers say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string little(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(number >> (8 * i) & 255));
  return text;
}

// Smooth, with some noise: nothing that repeats, but easy to predict from what is around.
std::string pixels(int width, int height, int channels, int padding) {
  std::string bytes;
  unsigned noise = 1;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        noise = noise * 1664525 + 1013904223;
        const double value =
            120 + 70 * std::sin(0.05 * x + 0.03 * y) + 20 * std::cos(0.11 * y) + 9 * c;
        bytes.push_back(static_cast<char>(static_cast<int>(value) + static_cast<int>(noise >> 30)));
      }
    }
    bytes.append(padding, '\0');
  }
  return bytes;
}

std::string samples(int count, int bytes_each, int channels) {
  std::string bytes;
  unsigned noise = 1;
  for (int i = 0; i < count; ++i) {
    for (int c = 0; c < channels; ++c) {
      noise = noise * 1664525 + 1013904223;
      const double value =
          60 * std::sin(0.06 * i + c) + 30 * std::sin(0.171 * i) + static_cast<double>(noise >> 30);
      if (bytes_each == 1) bytes.push_back(static_cast<char>(128 + static_cast<int>(value)));
      if (bytes_each == 2) bytes += little(static_cast<std::uint64_t>(value * 100), 2);
    }
  }
  return bytes;
}

std::string bmp(int width, int height, int bits, const std::string& palette = "") {
  const int padding = (4 - width * bits / 8 % 4) % 4;
  const std::string content = pixels(width, std::abs(height), bits / 8, padding);
  const auto first = 54 + palette.size();
  return "BM" + little(first + content.size(), 4) + little(0, 4) + little(first, 4) +
         little(40, 4) + little(width, 4) + little(static_cast<std::uint64_t>(height), 4) +
         little(1, 2) + little(bits, 2) + little(0, 4) + little(0, 20) + palette + content;
}

std::string grays(bool ascending) {
  std::string palette;
  for (int i = 0; i < 256; ++i)
    palette += std::string(3, static_cast<char>(ascending ? i : 255 - i)) + '\0';
  return palette;
}

struct Wav {
  int tag = 1;
  int channels = 1;
  int bits = 8;
  std::string before_format;  // chunks
  std::int64_t claimed = -2;  // bytes of samples; -2: as they are
};

std::string wav(const Wav& form, const std::string& content) {
  const int frame = form.channels * form.bits / 8;
  const std::uint64_t claimed =
      form.claimed == -2 ? content.size() : static_cast<std::uint64_t>(form.claimed);
  return "RIFF" + little(36 + content.size(), 4) + "WAVE" + form.before_format + "fmt " +
         little(16, 4) + little(form.tag, 2) + little(form.channels, 2) + little(8000, 4) +
         little(8000 * frame, 4) + little(frame, 2) + little(form.bits, 2) + "data" +
         little(claimed, 4) + content;
}

class CompressedMedia : public testing::Test {
 protected:
  // What the command says of the file that comes back byte for byte, and of no other.
  std::string said_of(const std::string& content, std::vector<std::string> options = {}) {
    const std::string path = folder_ / "file";
    write_file(path, as_bytes(content));
    std::vector<std::string> arguments = {"compress", "-vf", path};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProcessResult packed = run_zipdream(arguments);
    EXPECT_EQ(packed.exit_code, 0) << packed.err;
    const ProcessResult unpacked = run_zipdream({"decompress", "-c", path + ".zd"});
    EXPECT_EQ(unpacked.exit_code, 0) << unpacked.err;
    EXPECT_TRUE(unpacked.out == content) << packed.err;
    arguments[2] = "-";
    arguments[1] = "-qc";
    const ProcessResult piped =
        run_program({"sh", "-c", "cat \"$1\" | \"$0\" compress -qc | \"$0\" decompress",
                     ZIPDREAM_BINARY, path});
    EXPECT_TRUE(piped.out == content) << piped.err;
    archive_size_ = std::filesystem::file_size(path + ".zd");
    return packed.err;
  }

  TemporaryFolder folder_;
  std::uint64_t archive_size_ = 0;
};

TEST_F(CompressedMedia, OfPnmFilesAreCodedByTheModelOfImages) {
  EXPECT_THAT(said_of("P5\n# a comment\n60 50\n255\n" + pixels(60, 50, 1, 0)),
              HasSubstr("arith:image:auto,width=60 as an image of 60x50 pixels, gray"));
  EXPECT_THAT(said_of("P6 60 50 255\n" + pixels(60, 50, 3, 0)),
              HasSubstr("image:auto,width=60,channels=3 as an image of 60x50 pixels, RGB"));
  EXPECT_THAT(said_of("P7\nWIDTH 40\nHEIGHT 50\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" +
                      pixels(40, 50, 4, 0)),
              HasSubstr("width=40,channels=4 as an image"));
}

TEST_F(CompressedMedia, OfBmpFilesMayHavePaddedRowsFromTheBottomOrTheTop) {
  const std::string said = said_of(bmp(61, 50, 24));
  EXPECT_THAT(said, HasSubstr("image:auto,width=61,channels=3,padding=1 as an image of 61x50"));
  EXPECT_THAT(said_of(bmp(61, -50, 24)), HasSubstr("an image of 61x50"));
  EXPECT_THAT(said_of(bmp(60, 50, 32)), HasSubstr("width=60,channels=4 as"));
  EXPECT_THAT(said_of(bmp(61, 60, 8, grays(true))), HasSubstr("width=61,padding=3 as"));
}

TEST_F(CompressedMedia, OfWavFilesAreCodedByTheModelOfSounds) {
  EXPECT_THAT(said_of(wav({}, samples(4000, 1, 1))),
              HasSubstr(" as sound of 8000 Hz, 1 channel, 8 bits"));
  EXPECT_THAT(said_of(wav({.bits = 16}, samples(4000, 2, 1))),
              HasSubstr("arith:audio:off,format=s16 as sound of 8000 Hz, 1 channel, 16 bits"));
  EXPECT_THAT(said_of(wav({.channels = 2, .bits = 16}, samples(3000, 2, 2))),
              HasSubstr("audio:off,channels=2,format=s16 as"));
  EXPECT_THAT(said_of(wav({.tag = 7}, samples(4000, 1, 1))), HasSubstr("format=mulaw as"));
  EXPECT_THAT(
      said_of(wav({.before_format = "LIST" + little(5, 4) + "abcde" + '\0'}, samples(4000, 1, 1))),
      HasSubstr("arith:audio"));
}

TEST_F(CompressedMedia, ComeBackWhereTheirHeadersLieOrTheyBreakOff) {
  const std::string image = "P6 60 50 255\n" + pixels(60, 50, 3, 0);
  EXPECT_THAT(said_of(image + "more than was promised"), HasSubstr("arith:image"));
  EXPECT_THAT(said_of(image.substr(0, image.size() / 2 + 1)), HasSubstr("arith:image"));
  EXPECT_THAT(said_of("P5 65536 999999999 255\n" + pixels(60, 50, 1, 0)), HasSubstr("arith:"));
  const std::string sound = samples(4000, 1, 1);
  for (const std::int64_t claimed : {0, 1, 100, -1, 0x7ffff000, 99999}) {
    EXPECT_THAT(said_of(wav({.claimed = claimed}, sound)), HasSubstr("arith:"));
  }
  EXPECT_THAT(said_of(wav({.bits = 16}, samples(4000, 2, 1) + "x")), HasSubstr("arith:audio"));
}

TEST_F(CompressedMedia, ThatNoModelTakesAreCompressedAsAnyFile) {
  for (const std::string& content :
       {std::string("P6 60 50 65535\n") + pixels(60, 50, 6, 0),
        "P5 0 50 255\n" + pixels(60, 50, 1, 0), "P5 70000 1 255\n" + pixels(60, 50, 1, 0),
        std::string("P5"), std::string("P5 4 4 255\n"), std::string("P2 2 2 255\n1 2 3 4\n"),
        bmp(60, 50, 8, grays(false)), bmp(60, 50, 16), wav({.bits = 24}, samples(3000, 1, 3)),
        wav({.tag = 6}, samples(3000, 1, 1)), wav({.channels = 9}, samples(300, 1, 9)),
        wav({.channels = 0}, samples(300, 1, 1)),
        std::string("RIFF\xff\xff\xff\xffWAVE"
                    "data"),
        std::string("BM")}) {
    EXPECT_THAT(said_of(content), HasSubstr("by arith:ppm:6,")) << content.substr(0, 20);
  }
}

TEST_F(CompressedMedia, ThatTheirModelIsBadAtAreCompressedAsAnyFile) {
  std::string drawing;  // two colours in a pattern that repeats
  for (int i = 0; i < 60 * 50; ++i) drawing.push_back(i * i % 97 % 2 == 0 ? '\0' : '\xc8');
  EXPECT_THAT(said_of("P5 60 50 255\n" + drawing), HasSubstr("by arith:ppm:6,"));
  const Bytes noise = random_bytes(3000);
  said_of("P5 60 50 255\n" + std::string(as_chars(noise)));
  EXPECT_LT(archive_size_, 3000 + 200);
}

TEST_F(CompressedMedia, AreCutIntoBlocksOfWholeRowsOnAnyNumberOfThreads) {
  const std::string image = "P6 60 50 255\n" + pixels(60, 50, 3, 0);
  EXPECT_THAT(said_of(image, {"-B", "2K", "-T", "1"}), HasSubstr("arith:image"));
  const Bytes archive = read_file(folder_ / "file.zd");
  said_of(image, {"-B", "2K", "-T", "3"});
  EXPECT_EQ(read_file(folder_ / "file.zd"), archive);
  const ProcessResult info = run_zipdream({"info", folder_ / "file.zd"});
  EXPECT_THAT(info.out, HasSubstr("block bytes             1980\n"));
}

TEST_F(CompressedMedia, AreBytesToAModelThatIsNamed) {
  const std::string image = "P6 60 50 255\n" + pixels(60, 50, 3, 0);
  EXPECT_THAT(said_of(image, {"-m", "cm"}), HasSubstr("by arith:cm:4,"));
  EXPECT_THAT(said_of(image, {"-m", "auto"}), HasSubstr("arith:image"));
}

TEST_F(CompressedMedia, GoWhenTheArchiveProvesToBeWhole) {
  const std::string path = folder_ / "file";
  const std::string image = "P6 60 50 255\n" + pixels(60, 50, 3, 0) + "end";
  write_file(path, as_bytes(image));
  EXPECT_EQ(run_zipdream({"compress", "--rm", path}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(run_zipdream({"test", path + ".zd"}).exit_code, 0);
  EXPECT_EQ(run_zipdream({"decompress", "--rm", path + ".zd"}).exit_code, 0);
  EXPECT_EQ(as_chars(read_file(path)), image);
}

TEST_F(CompressedMedia, OfOtherKindsAreWrittenAsTheyAlwaysWere) {
  const Bytes text = read_file(sample("text.txt"));
  const std::string content(as_chars(text));
  EXPECT_THAT(said_of(content), HasSubstr("by arith:ppm:6,"));
  const Bytes archive = read_file(folder_ / "file.zd");
  said_of(content, {"-m", "ppm:6"});
  EXPECT_EQ(read_file(folder_ / "file.zd"), archive);
}

}  // namespace
}  // namespace zipdream
