// SPDX-License-Identifier: Apache-2.0
// Small files that promise to be huge. Each is refused in one line and in little memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/archive_model.h"
#include "base/checksum.h"
#include "base/files.h"
#include "tests/archive/archives.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using testing::HasSubstr;

constexpr std::size_t kLittle = std::size_t{200} << 20;

Bytes big_endian(std::uint64_t number, int size) {
  Bytes bytes;
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<Byte>(number >> (8 * i)));
  return bytes;
}

Bytes little_endian(std::uint64_t number, int size) {
  Bytes bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<Byte>(number >> (8 * i)));
  return bytes;
}

Bytes png_chunk(const std::string& name, ByteView content) {
  const Bytes body = concat(as_bytes(name), content);
  return concat(concat(big_endian(content.size(), 4), body), big_endian(crc32_of(body), 4));
}

// Of 8-bit RGB; `content` is its only IDAT chunk, and there is none if that is empty.
Bytes png_of(std::uint32_t width, std::uint32_t height, ByteView content) {
  Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  const Bytes header =
      concat(concat(big_endian(width, 4), big_endian(height, 4)), Bytes{8, 2, 0, 0, 0});
  file = concat(file, png_chunk("IHDR", header));
  if (!content.empty()) file = concat(file, png_chunk("IDAT", content));
  return concat(file, png_chunk("IEND", {}));
}

// RF64 (EBU Tech 3306), whose sizes have 64 bits, of 16-bit mono.
Bytes wav_of(std::uint64_t samples) {
  Bytes file = concat(as_bytes("RF64"), little_endian(0xffffffff, 4));
  file = concat(file, as_bytes("WAVEds64"));
  file = concat(file, little_endian(28, 4));
  file = concat(file, little_endian(2 * samples + 72, 8));
  file = concat(file, little_endian(2 * samples, 8));
  file = concat(file, little_endian(samples, 8));
  file = concat(file, little_endian(0, 4));
  file = concat(file, as_bytes("fmt "));
  file = concat(file, little_endian(16, 4));
  for (const auto& [number, size] :
       {std::pair(1U, 2), {1U, 2}, {8000U, 4}, {16000U, 4}, {2U, 2}, {16U, 2}}) {
    file = concat(file, little_endian(number, size));
  }
  file = concat(file, as_bytes("data"));
  return concat(file, little_endian(0xffffffff, 4));
}

class AFileThatPromisesTooMuch : public testing::Test {
 protected:
  void expect_refused(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& parts) const {
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const std::string& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
#ifndef __SANITIZE_ADDRESS__
    EXPECT_LT(result.peak_bytes, kLittle);
#endif
  }

  std::string put(const std::string& name, ByteView bytes) const {
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }

  TemporaryFolder folder_;
};

TEST_F(AFileThatPromisesTooMuch, MayBeAPngWithoutData) {
  const std::string path = put("x.png", png_of(30'000, 30'000, {}));
  expect_refused({"generate", "gzip", "-f", path, "-o", folder_ / "out.png"}, {"x.png"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeAPngBomb) {
  const Bytes zeros(std::size_t{4} << 20);
  const std::string path =
      put("x.png", png_of(30'000, 30'000, make_codec("zlib:9")->compress(zeros)));
  expect_refused({"generate", "gzip", "-f", path, "-o", folder_ / "out.png"}, {"x.png"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeASound) {
  const std::string path = put("x.wav", wav_of(std::uint64_t{1} << 40));
  expect_refused({"generate", "gzip", "-f", path, "-o", folder_ / "out.wav"}, {"x.wav"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeAModel) {
  TinyModel model = tiny_llama();
  model.write(folder_.path());
  put("model.safetensors", concat(little_endian(std::uint64_t{1} << 60, 8), as_bytes("{}")));
  expect_refused({"generate", "lm:" + folder_.path(), "-p", "x", "-n", "1"}, {"model.safetensors"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeAModelWhoseShapesLie) {
  TinyModel model = tiny_llama();
  model.config["vocab_size"] = 1'000'000'000;
  model.config["hidden_size"] = 1 << 20;
  model.config["intermediate_size"] = 1 << 30;
  model.write(folder_.path());
  expect_refused({"generate", "lm:" + folder_.path(), "-p", "x", "-n", "1"}, {"config.json"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeAnArchiveOfATerabyte) {
  ArchiveHeader header{.block_size = kMaxBlockSize,
                       .raw_size = std::uint64_t{1} << 40,
                       .spec = ArchiveModel(Spec::parse("ppm:6")).spec()};
  header.probe = ArchiveModel(Spec::parse("ppm:6")).probe();
  const std::string path = put("x.zd", concat(write_header(header), random_bytes(50)));
  expect_refused({"decompress", path, "-o", folder_ / "out"}, {"x.zd"});
  expect_refused({"test", path}, {"x.zd"});
  expect_refused({"info", path}, {"x.zd"});
}

TEST_F(AFileThatPromisesTooMuch, MayBeAGzipBombInAnArchive) {
  const Bytes zeros(std::size_t{4} << 20);
  ArchiveHeader header{.block_size = kMinBlockSize,
                       .spec = ArchiveModel(Spec::parse("gzip:9")).spec()};
  Bytes archive = write_header(header);
  StoredBlock block{.raw_size = kMinBlockSize, .content_check = crc64_of(zeros)};
  block.payload = make_codec("gzip:9")->compress(zeros);
  block.payload.resize(kMinBlockSize - 1);  // what fits still unpacks to a megabyte
  block.payload_check = crc32_of(block.payload);
  append_block(header, block, archive);
  const std::string path = put("x.zd", archive);
  expect_refused({"decompress", path, "-o", folder_ / "out"}, {"x.zd"});
}

// AddressSanitizer's shadow takes all addresses at once.
#ifndef __SANITIZE_ADDRESS__
TEST(MemoryLimit, EndsWhatWouldTakeMore) {
  const TemporaryFolder folder;
  write_file(folder / "x", text_like(100'000));
  const std::string out = folder / "x.zd";
  const ProcessResult result = run_zipdream(
      {"--memory-limit", "40M", "compress", "-m", "cm", "-T", "1", folder / "x", "-o", out});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("out of memory"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(MemoryLimit, LetsThroughWhatTakesLess) {
  const ProcessResult result =
      run_zipdream({"predict", "gzip:9", "-p", "abcabc", "--top", "1", "--memory-limit", "8G"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}
#endif

TEST(MemoryLimit, HasToBeASize) {
  expect_refusal({"--memory-limit", "lots", "list"}, 2, {"--memory-limit"});
  expect_refusal({"--memory-limit", "1K", "list"}, 2, {"--memory-limit"});
}

}  // namespace
}  // namespace zipdream
