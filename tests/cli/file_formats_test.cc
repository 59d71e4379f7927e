// SPDX-License-Identifier: Apache-2.0
// Files are told by their content. What is neither a text nor an image or audio that is read is
// refused by its name, and never taken for a text, unless its bytes are asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

// The beginning of a file, and what it is called.
struct Known {
  std::string start;
  std::string phrase;
};

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

// 24 bits, 2 x 2 pixels, as programs have written them since 1984.
std::string tga() { return "\0\0\2\0\0\0\0\0\0\0\0\0\2\0\2\0\x18\x20"s + zeros(12); }

std::string icon(char type) {
  return "\0\0"s + type + "\0\1\0\x10\x10\0\0\1\0\x20\0\x28\1\0\0\x16\0\0\0"s + zeros(300);
}

std::vector<Known> images() {
  return {{"GIF89a\2\0\2\0\x80\0\0"s, "a GIF image"},
          {"GIF87a\2\0\2\0\x80\0\0"s, "a GIF image"},
          {icon(1), "an ICO icon"},
          {icon(2), "a CUR cursor"},
          {tga(), "a TGA image"},
          {"<svg xmlns=\"http://www.w3.org/2000/svg\"><rect/></svg>", "an SVG drawing"},
          {"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- drawn --><!DOCTYPE svg PUBLIC>\n<svg>",
           "an SVG drawing"},
          {"8BPS\0\1\0\0\0\0\0\0"s, "a Photoshop image"},
          {"\xff\x0a\xe8\xb0"s, "a JPEG XL image"},
          {"\0\0\0\x0cJXL \r\n\x87\n\0\0"s, "a JPEG XL image"},
          {"\0\0\0\x18"
           "ftypheic\0\0\0\0mif1heic"s,
           "a HEIC image"},
          {"\0\0\0\x1c"
           "ftypavif\0\0\0\0mif1avifmiaf"s,
           "an AVIF image"},
          {"\0\0\0\x1c"
           "ftypmif1\0\0\0\0mif1avifmiaf"s,
           "an AVIF image"},
          {"\xff\xd8\xff\xf7\0\x11"s, "a JPEG-LS image"},
          {"qoif\0\0\0\2\0\0\0\2\3\0"s, "a QOI image"},
          {"icns\0\0\1\0ic07"s, "an ICNS icon"},
          {"RIFF\0\1\0\0ACONanih"s, "an animated cursor"},
          {"/* XPM */\nstatic char *a[] = {\"1 1 1 1\"};"s, "an XPM image"},
          {"DDS |\0\0\0\7\x10"s, "a DDS image"},
          {"\x59\xa6\x6a\x95\0\0\0\2"s, "a Sun raster image"},
          {"Pf\n2 2\n-1.0\n" + zeros(16), "a PFM image"},
          {"II*\0\x10\0\0\0CR\2\0"s + zeros(20), "a raw image of a camera"},
          // Its first image is a thumbnail.
          {"II*\0\x08\0\0\0\1\0\xfe\0\4\0\1\0\0\0\1\0\0\0"s + zeros(20), "a raw image of a camera"},
          {zeros(128) + "DICM\2\0\0\0"s, "a DICOM image"}};
}

std::vector<Known> sounds() {
  return {{"\0\0\0\x1c"
           "ftypM4A \0\0\2\0M4A isomiso2"s,
           "M4A audio"},
          {"\xff\xf1\x6c\x40\x01\x7f\xfc\0\0\0\0\xff\xf1\x6c\x40\x01\x7f\xfc"s, "AAC audio"},
          {"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa"s, "Windows Media (WMA, WMV or ASF)"},
          {"MAC \x96\x0f\0\0\x34\0\0\0"s, "Monkey's Audio"},
          {"wvpk\x6e\x34\0\0\x10\4"s, "WavPack audio"},
          {"MThd\0\0\0\6\0\1\0\2"s, "a MIDI file"},
          {"MP+\7\0\0\0\0"s, "Musepack audio"},
          {"MPCKSH\x0e\1\2\3"s, "Musepack audio"},
          {"TTA1\1\0\1\0"s, "TTA audio"},
          {"#!AMR\n\x3c\x91\x17"s, "AMR audio"},
          {"OggS\0\2"s + zeros(20) +
               "\1\x33\x7f"
               "FLAC\1\0"s,
           "FLAC audio in Ogg"},
          {"OggS\0\2"s + zeros(20) + "\1\x50Speex   1.2"s, "Speex audio"}};
}

std::vector<Known> videos() {
  return {{"\0\0\0\x20"
           "ftypisom\0\0\2\0isomiso2avc1mp41"s,
           "an MP4 video"},
          {"\0\0\0\x14"
           "ftypqt  \0\0\2\0qt  "s,
           "a QuickTime video"},
          {"\0\0\0\x08wide\0\0\1\0mdat"s, "a QuickTime video"},
          {"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm"s, "a WebM video"},
          {"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\1\x42\x82\x88matroska"s, "a Matroska video"},
          {"RIFF\0\1\0\0AVI LIST"s, "an AVI video"},
          {"OggS\0\2"s + zeros(20) + "\1\x2a\x80theora\3\2"s, "an Ogg video"}};
}

std::vector<Known> others() {
  return {{"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "a PDF document"},
          {"\x1f\x8b\x08\0\0\0\0\0\0\3"s, "a gzip stream"},
          {"\xfd"
           "7zXZ\0\0\4"s,
           "an xz stream"},
          {"\x28\xb5\x2f\xfd\4\0"s, "a Zstandard stream"},
          {"BZh91AY&SY\1\2\3"s, "a bzip2 stream"},
          {"\x04\x22\x4d\x18\x64\x40"s, "an LZ4 stream"},
          {"7z\xbc\xaf\x27\x1c\0\4"s, "a 7z archive"},
          {"PK\3\4\x14\0\0\0\0\0"s + zeros(16) + "\5\0\0\0a.txt"s, "a zip archive"},
          {"x.txt" + zeros(252) + "ustar\0", "a tar archive"},
          {"\xf5ZD\n\1", "a zipdream archive"},
          {"\x12\0\0\0\0\0\0\0{\"__metadata__\":{}}"s, "weights in safetensors"},
          {"GGUF\3\0\0\0"s, "weights in GGUF"},
          {"PK\3\4\0\0\0\0\0\0"s + zeros(16) + "\x10\0\0\0archive/data.pkl\x80\2"s,
           "a PyTorch checkpoint"},
          {"\x80\4\x95\1\0\0\0\0\0\0\0N."s, "a Python pickle"},
          {"\x93NUMPY\1\0v\0{'descr'"s, "a NumPy array"}};
}

constexpr std::string_view kPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

class FileFormats : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, as_bytes(content));
    return folder_ / name;
  }

  // Refused by all commands that would take it for a text; taken where bytes are asked for.
  void expect_refused(const std::vector<Known>& files, const std::string& remedy) const {
    for (const Known& file : files) {
      SCOPED_TRACE(file.phrase);
      const std::string path = put("x.txt", file.start);
      expect_refusal({"score", "stored", path}, 1, {"x.txt: is " + file.phrase, remedy, "--media"});
      const ProcessResult asked =
          run_zipdream({"score", "stored", path, "--media", "bytes", "--json"});
      EXPECT_EQ(asked.exit_code, 0) << asked.err;
      EXPECT_EQ(nlohmann::json::parse(asked.out)["bytes"], file.start.size());
    }
  }

  TemporaryFolder folder_;
};

TEST_F(FileFormats, OfImagesThatAreNotReadAreRefusedByName) {
  expect_refused(images(), "convert it to PNG");
}

TEST_F(FileFormats, OfAudioThatIsNotReadAreRefusedByName) {
  expect_refused(sounds(), "convert it to WAV or FLAC");
}

TEST_F(FileFormats, OfVideosAreRefusedByName) { expect_refused(videos(), "as PNG"); }

TEST_F(FileFormats, OfStreamsArchivesAndWeightsAreRefusedByName) { expect_refused(others(), "; "); }

TEST_F(FileFormats, AreAskedForByEveryCommandThatReadsAFile) {
  const std::string gif = put("a.gif", images()[0].start);
  const std::string text = sample("text.txt");
  const Words said = {"a.gif: is a GIF image, which is not read", "convert it to PNG"};
  expect_refusal({"generate", "gzip:9", "-f", gif, "-o", folder_ / "o.png"}, 1, said);
  expect_refusal({"generate", "gzip:9", "-p", "x", "--corpus", gif}, 1, said);
  expect_refusal({"predict", "gzip:9", "-f", gif}, 1, said);
  expect_refusal({"compare", "gzip:9", "-f", gif}, 1, said);
  expect_refusal({"score", "gzip:9", text, "--context", gif}, 1, said);
  expect_refusal({"score", "gzip:9", text, "--corpus", gif}, 1, said);
  expect_refusal({"rates", "gzip:9", "--data", gif}, 1, said);
  expect_refusal({"in-context", "gzip:9", "--data", folder_.path()}, 1, said);
  expect_refusal({"scaling", "gzip:9", "--data", gif, "--sizes", "1K"}, 1, said);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "o.png"));
  const ProcessOptions input = {.input = images()[0].start};
  expect_refusal({"score", "gzip:9"}, 1, {"standard input: is a GIF image"}, input);
  // Its bytes may be asked for, and a pointer's text too.
  for (const char* media : {"text", "bytes"}) {
    EXPECT_EQ(run_zipdream({"generate", "gzip:9", "-f", gif, "--media", media}).exit_code, 0);
  }
}

TEST_F(FileFormats, NeverPutAnotherFormatBesideTheFiguresOfThePaper) {
  put("a.gif", images()[0].start + zeros(5000));
  put("b.gif", images()[0].start + zeros(5000));
  const std::string pattern = "imagenet=" + (folder_ / "*.gif");
  expect_refusal({"rates", "gzip:9", "--data", pattern}, 1, {"a.gif: is a GIF image"});
  const ProcessResult bytes =
      run_zipdream({"rates", "gzip:9", "--data", pattern, "--media", "bytes", "--json"});
  EXPECT_EQ(bytes.exit_code, 0) << bytes.err;
  EXPECT_THAT(bytes.out, Not(HasSubstr("Table 1")));
  const std::string text = put("t.txt", std::string(5000, 'x'));
  const ProcessResult named = run_zipdream({"rates", "gzip:9", "--data", "librispeech=" + text});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_THAT(named.out, Not(HasSubstr("Table 1")));
}

TEST_F(FileFormats, OfGitLfsAreRefusedAsPointers) {
  const std::string path = put("x.png", std::string(kPointer));
  const Words said = {"x.png: is a Git LFS pointer, not the file itself", "git lfs pull"};
  expect_refusal({"generate", "gzip:9", "-f", path, "-o", folder_ / "o.png"}, 1, said);
  expect_refusal({"score", "gzip:9", path, "--media", "image"}, 1, said);
  expect_refusal({"score", "gzip:9", path, "--media", "audio"}, 1, said);
  expect_refusal({"rates", "gzip:9", "--data", path}, 1, said);
}

TEST_F(FileFormats, AreNamedWhereAnotherMediumWasAskedFor) {
  expect_refusal({"score", "gzip:9", sample("sound.wav"), "--media", "image"}, 1,
                 {"sound.wav: is WAV audio, not an image", "--media"});
  expect_refusal({"score", "gzip:9", sample("image.png"), "--media", "audio"}, 1,
                 {"image.png: is a PNG image, not audio"});
  expect_refusal({"score", "gzip:9", sample("image.png"), "--context", sample("sound.wav")}, 1,
                 {"sound.wav: is audio, and what it stands before is an image"});
  expect_refusal({"generate", "gzip:9", "-p", "x", "--corpus", sample("image.png")}, 1,
                 {"image.png: is an image, and what it stands before is a text"});
}

TEST_F(FileFormats, AreNotSeenInTexts) {
  for (const std::string& text : std::vector<std::string>{"MAC addresses are six bytes.",
                                                          "GIF89a is a format of images.",
                                                          "P5 3 reasons to go",
                                                          "P6 is a title",
                                                          "BMW makes cars",
                                                          "ID3 tags",
                                                          "caffeine",
                                                          "RIFF",
                                                          "wvpk",
                                                          "FORM and AIFF",
                                                          "Rar!",
                                                          "PK\n",
                                                          "TTA1, TTA2",
                                                          "GGUF",
                                                          "8BPS",
                                                          "MThd",
                                                          "#!/bin/sh\necho",
                                                          "BZh9",
                                                          "<html><svg></svg></html>",
                                                          "<svgx>",
                                                          "%!PS-Adobe-3.0 EPSF-3.0",
                                                          "/* XPM */",
                                                          "{\"a\": 1}",
                                                          "\xff\xfet\0e\0x\0t\0s\0"s,
                                                          "versions of Git LFS pointers",
                                                          "ftyp",
                                                          "SCRM",
                                                          "\xc4rger \xfc"
                                                          "ber Umlaute"}) {
    const ProcessResult result = run_zipdream({"score", "stored", "-", "--json"}, {.input = text});
    EXPECT_EQ(result.exit_code, 0) << text << result.err;
  }
}

TEST_F(FileFormats, LeaveBytesOfNoFormatAlone) {
  const std::string noise(as_chars(random_bytes(5000)));
  for (const std::string& content : {noise,
                                     "\x7f"
                                     "ELF\2\1\1\0\0\0\0\0"s +
                                         zeros(500)}) {
    const ProcessResult result = run_zipdream({"predict", "ppm:2", "-f", put("noise", content)});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
}

// ---- info ----

nlohmann::json info(const std::string& path) {
  const ProcessResult result = run_zipdream({"info", path, "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

TEST_F(FileFormats, AreNamedByInfoWithWhatCanBeDone) {
  for (const auto& files : {images(), sounds(), videos(), others()}) {
    for (const Known& file : files) {
      if (file.start.starts_with("\xf5")) continue;  // of which info tells more
      const auto json = info(put("x", file.start));
      const std::string format = json["format"];
      EXPECT_THAT(file.phrase, HasSubstr(format.substr(0, file.phrase.size() - 3)));
      EXPECT_EQ(json["is_read"], false) << file.phrase;
      EXPECT_THAT(json["use"], HasSubstr("; --media bytes takes its bytes")) << file.phrase;
    }
  }
  const auto pointer = info(put("x", std::string(kPointer)));
  EXPECT_EQ(pointer["media"], "pointer");
  EXPECT_EQ(pointer["format"], "Git LFS pointer, not the file itself");
  EXPECT_EQ(pointer["use"], "fetch the file by git lfs pull");
  const ProcessResult lines = run_zipdream({"info", put("x", others()[1].start)});
  EXPECT_THAT(lines.out, HasSubstr("format                  gzip stream\n"));
  EXPECT_THAT(lines.out, HasSubstr("gunzip"));
}

TEST_F(FileFormats, ThatHaveNoSignatureAreFoundByReadingThem) {
  const std::string text(300, 'x');
  for (const auto& [codec, format] :
       {std::pair("zlib:9", "zlib stream"), {"brotli:5", "Brotli stream"}}) {
    const Bytes stream = make_codec(codec)->compress(as_bytes(text));
    EXPECT_EQ(info(put("x", std::string(as_chars(stream))))["format"], format);
  }
  EXPECT_EQ(info(put("x", std::string(as_chars(random_bytes(1000)))))["format"],
            "bytes of no known format");
}

TEST_F(FileFormats, OfModelFoldersAreNamed) {
  const auto tokenizer =
      info(put("t", R"({"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}})"));
  EXPECT_EQ(tokenizer["format"], "tokenizer.json of Hugging Face, 2 entries");
  EXPECT_THAT(tokenizer["use"], HasSubstr("lm:FOLDER"));
  EXPECT_EQ(info(put("c", R"({"model_type": "llama"})"))["format"],
            "config.json of a language model, llama");
  EXPECT_EQ(info(put("c", R"({"model_type": 5, "model": []})"))["format"], "text");
  EXPECT_EQ(info(put("c", "{\"model\": "))["format"], "text");
}

TEST_F(FileFormats, LargerThanWhatIsReadAreNamedByTheirStart) {
  const std::string path = put("x", others()[10].start);
  std::filesystem::resize_file(path, std::uintmax_t{2} << 30);
  EXPECT_EQ(info(path)["format"], "weights in safetensors");
  EXPECT_EQ(info(path)["bytes"], std::uintmax_t{2} << 30);
}

}  // namespace
}  // namespace zipdream
