// SPDX-License-Identifier: Apache-2.0
// Audio files as programs write them, old and new ones: with headers of unknown sizes, chunks that
// are not padded, tags in front. The expected samples are those of a plain WAV file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;

constexpr std::size_t kFrames = 300;
constexpr int kRate = 8000;

std::string number(std::uint64_t value, int size, bool is_big_endian) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  for (int i = 0; i < size; ++i) {
    const int place = is_big_endian ? size - 1 - i : i;
    bytes[static_cast<std::size_t>(place)] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}
std::string le(std::uint64_t value, int size) { return number(value, size, false); }
std::string be(std::uint64_t value, int size) { return number(value, size, true); }

// 16-bit samples, which never look like the name of a chunk.
std::string samples(bool is_big_endian = false) {
  std::string bytes;
  for (std::size_t i = 0; i < kFrames; ++i) bytes += number(i * i * 7 % 3000, 2, is_big_endian);
  return bytes;
}

std::string format_chunk(int format = 1, int rate = kRate, bool is_big_endian = false) {
  const auto n = [&](int value, int size) {
    return number(static_cast<std::uint64_t>(value), size, is_big_endian);
  };
  return "fmt " + n(16, 4) + n(format, 2) + n(1, 2) + n(rate, 4) + n(2 * rate, 4) + n(2, 2) +
         n(16, 2);
}

std::string data_chunk(std::uint64_t size = 2 * kFrames) {
  return "data" + le(size, 4) + samples();
}

std::string wav(const std::string& chunks) {
  return "RIFF" + le(chunks.size() + 4, 4) + "WAVE" + chunks;
}

std::string rf64(std::uint64_t size) {
  return "RF64" + le(0xffffffff, 4) + "WAVEds64" + le(28, 4) + le(size, 8) + le(size, 8) +
         le(size, 8) + le(0, 4) + format_chunk() + data_chunk(0xffffffff);
}

std::string w64(std::uint64_t size) {
  const std::string tail = "\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a"s;
  return "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0"s + le(size, 8) + "wave" + tail +
         "fmt " + tail + le(40, 8) + format_chunk().substr(8) + "data" + tail + le(size, 8) +
         samples();
}

std::string aiff_common() {
  return "COMM" + be(18, 4) + be(1, 2) + be(kFrames, 4) + be(16, 2) + "\x40\x0b\xfa\0\0\0\0\0\0\0"s;
}

std::string aiff(std::uint64_t size, const std::string& before = "") {
  return "FORM" + be(size, 4) + "AIFF" + before + aiff_common() + "SSND" + be(size, 4) + be(0, 8) +
         samples(true);
}

std::string au(std::uint64_t size) {
  return ".snd" + be(24, 4) + be(size, 4) + be(3, 4) + be(kRate, 4) + be(1, 4) + samples(true);
}

std::string caf(std::uint64_t size) {
  return "caff\0\1\0\0desc"s + be(32, 8) + "\x40\xbf\x40\0\0\0\0\0"s + "lpcm" + be(0, 4) +
         be(2, 4) + be(1, 4) + be(1, 4) + be(16, 4) + "data" + be(size, 8) + be(0, 4) +
         samples(true);
}

class AudioFiles : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, as_bytes(content));
    return folder_ / name;
  }

  [[nodiscard]] nlohmann::json info_of(const std::string& content) const {
    const ProcessResult result = run_zipdream({"info", put("x", content), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    auto json = nlohmann::json::parse(result.exit_code == 0 ? result.out : "{}");
    for (const char* key : {"file", "bytes", "format"}) json.erase(key);
    return json;
  }

  // Whether it holds the samples that a plain WAV file holds.
  void expect_whole(const std::string& what, const std::string& content) const {
    static const nlohmann::json plain = info_of(wav(format_chunk() + data_chunk()));
    EXPECT_EQ(plain["samples"], kFrames);
    EXPECT_EQ(info_of(content), plain) << what;
  }

  void expect_refused(const std::string& content, const std::vector<std::string>& parts) const {
    std::vector<std::string> said = parts;
    said.push_back("x.wav: ");
    said.push_back("; ");
    expect_refusal({"generate", "gzip:9", "-f", put("x.wav", content), "-o", folder_ / "o.wav"}, 1,
                   said);
  }

  static std::string known_file(const std::string& name) { return AUDIO_TEST_FILES "/" + name; }

  TemporaryFolder folder_;
};

TEST_F(AudioFiles, OfSizesThatWereNotKnownAreReadToTheirEnd) {
  const std::string format = format_chunk();
  for (const std::uint64_t size : {0U, 0xffffffffU, 0x7ffff000U, 0x80000000U, 0xffffffdaU}) {
    expect_whole("WAV", wav(format + data_chunk(size)));
    expect_whole("WAV", "RIFF" + le(size, 4) + "WAVE" + format + data_chunk(size));
    expect_whole("RIFX", "RIFX" + be(size, 4) + "WAVE" + format_chunk(1, kRate, true) + "data" +
                             be(size, 4) + samples(true));
    expect_whole("AIFF", aiff(size));
  }
  for (const std::uint64_t size : {std::uint64_t{0}, UINT64_MAX}) {
    expect_whole("RF64", rf64(size));
    expect_whole("Wave64", w64(size));
    expect_whole("Core Audio", caf(size));
  }
  expect_whole("Wave64", w64(INT64_MAX));
  expect_whole("AU", au(0));
  expect_whole("AU", au(0xffffffff));
}

TEST_F(AudioFiles, OfKnownSizesAreReadInEveryContainer) {
  expect_whole("RIFX", "RIFX" + be(2 * kFrames + 36, 4) + "WAVE" + format_chunk(1, kRate, true) +
                           "data" + be(2 * kFrames, 4) + samples(true));
  expect_whole("RF64", rf64(2 * kFrames));
  expect_whole("Wave64", w64(2 * kFrames + 24));
  expect_whole("AIFF", aiff(2 * kFrames + 8));
  expect_whole("AU", au(2 * kFrames));
  expect_whole("Core Audio", caf(2 * kFrames + 4));
}

TEST_F(AudioFiles, OfNoSamplesAreNotTakenForUnfinishedOnes) {
  for (const std::string& after : {""s, "LIST" + le(4, 4) + "INFO"}) {
    EXPECT_EQ(info_of(wav(format_chunk() + "data" + le(0, 4) + after))["samples"], 0);
  }
}

TEST_F(AudioFiles, MayHaveChunksThatAreNotPadded) {
  const std::string after = format_chunk() + data_chunk();
  expect_whole("padded", wav("note" + le(3, 4) + "abc\0"s + after));
  expect_whole("not padded", wav("note" + le(3, 4) + "abc" + after));
  expect_whole("not padded", wav(format_chunk() + "LIST" + le(5, 4) + "INFOx" + data_chunk()));
  expect_whole("two", wav(format_chunk() + "abcd" + le(1, 4) + "x" + "note" + le(1, 4) + "y" +
                          data_chunk()));
  expect_whole("AIFF", aiff(2 * kFrames + 8, "NAME" + be(3, 4) + "abc"));
  expect_whole("AIFF padded", aiff(2 * kFrames + 8, "NAME" + be(3, 4) + "abc\0"s));
}

TEST_F(AudioFiles, MayHaveTagsInFront) {
  const std::string tag = "ID3\3\0\0\0\0\0\5abcde"s;
  expect_whole("WAV", tag + wav(format_chunk() + data_chunk()));
  expect_whole("twice", tag + tag + wav(format_chunk() + data_chunk()));
  expect_whole("padded", tag + std::string(77, '\0') + wav(format_chunk() + data_chunk()));
  const auto mp3 = [&](const std::string& before) {
    return info_of(before + std::string(as_chars(read_file(known_file("mpeg2_with_xing.mp3")))));
  };
  EXPECT_EQ(mp3(tag), mp3(""));
  EXPECT_EQ(mp3(tag + std::string(500, '\0')), mp3(""));
  EXPECT_EQ(mp3("ID3\4\0\0\0\0\x7f\x7f"s + std::string(16383, 'x')), mp3(""));
}

// The lengths are those that ffmpeg gives for these files.
TEST_F(AudioFiles, OfMpegAreReadToTheirEndWhateverTheyPromise) {
  const auto facts = [&](const std::string& name) {
    const auto json = info_of(std::string(as_chars(read_file(known_file(name)))));
    return std::pair(json["rate"].get<int>(), json["samples"].get<int>());
  };
  // Quiet at first, so that a length estimated by the first frames is a quarter of it.
  EXPECT_EQ(facts("vbr_without_xing.mp3"), std::pair(44100, 24192));
  EXPECT_EQ(facts("mpeg25_without_xing.mp3"), std::pair(8000, 3456));
  EXPECT_EQ(facts("mpeg25_with_xing.mp3"), std::pair(11025, 6912));
  EXPECT_EQ(facts("mpeg2_with_xing.mp3"), std::pair(22050, 11025));
  EXPECT_EQ(facts("layer2.mp2"), std::pair(16000, 4608));
}

TEST_F(AudioFiles, OfOggAreRead) {
  for (const char* name : {"vorbis.ogg", "opus.opus"}) {
    const auto json = info_of(std::string(as_chars(read_file(known_file(name)))));
    EXPECT_EQ(json["samples"], 2000) << name;
    EXPECT_EQ(json["rate"], 8000) << name;
  }
}

TEST_F(AudioFiles, MayBeMpegWithinWav) {
  const std::string mp3(as_chars(read_file(known_file("vbr_without_xing.mp3"))));
  for (const std::uint64_t size : {mp3.size(), std::size_t{0xffffffff}}) {
    const auto json = info_of(wav(format_chunk(0x55, 44100) + "data" + le(size, 4) + mp3));
    EXPECT_EQ(json["samples"], 24192);
  }
}

TEST_F(AudioFiles, ThatBreakOffSaySo) {
  const std::string whole = wav(format_chunk() + data_chunk());
  expect_refused(whole.substr(0, whole.size() - 100),
                 {"250 of the 300 frames", "get a complete copy"});
  expect_refused(rf64(std::uint64_t{1} << 40), {"300 of the 549755813888 frames"});
  const std::string mp3(as_chars(read_file(known_file("mpeg2_with_xing.mp3"))));
  expect_refused(mp3.substr(0, 1200), {"of the 11025 frames", "get a complete copy"});
}

TEST_F(AudioFiles, OfRatesThatCannotBeResampledSaySo) {
  for (const char* rate : {"8000", "16000"}) {
    const std::string file = put("x.wav", wav(format_chunk(1, 1) + data_chunk()));
    expect_refusal({"generate", "gzip:9", "-f", file, "--rate", rate, "-o", folder_ / "o.wav"}, 1,
                   {"x.wav: ", "1 Hz", "to "s + rate + " Hz", "256 times", "; "});
  }
}

TEST_F(AudioFiles, CutAnywhereEndInAnAnswerOrOneLine) {
  for (const std::string& whole :
       {wav("note" + le(3, 4) + "abc" + format_chunk() + data_chunk(0)), rf64(2 * kFrames),
        w64(2 * kFrames + 24), aiff(2 * kFrames + 8), au(2 * kFrames), caf(2 * kFrames + 4),
        std::string(as_chars(read_file(known_file("mpeg25_without_xing.mp3")))),
        std::string(as_chars(read_file(known_file("vorbis.ogg"))))}) {
    for (const std::size_t size : {11, 12, 19, 20, 30, 43, 47, 60, 100, 130, 400}) {
      const ProcessResult result = run_zipdream({"info", put("x", whole.substr(0, size))});
      if (result.exit_code == 0) continue;
      EXPECT_EQ(result.exit_code, 1) << result.err;
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
      EXPECT_THAT(result.err, HasSubstr("; "));
    }
  }
}

}  // namespace
}  // namespace zipdream
