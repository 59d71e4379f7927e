// SPDX-License-Identifier: Apache-2.0
// docs/format.md, held to the bytes that are written, and what readers must refuse though its
// checks are right.
#include "archive/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "archive/archive_model.h"
#include "base/checksum.h"
#include "tests/archive/archives.h"
#include "tests/codecs/sample_bytes.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

void append_check(Bytes& bytes, ByteView owner = {}) {
  const std::uint32_t check = crc32_of(bytes, crc32_of(owner));
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<Byte>(check >> shift));
}

// A header of these fields, its check right.
Bytes header(std::string_view fields) {
  Bytes bytes = concat(kArchiveMagic, as_bytes(fields));
  append_check(bytes);
  return bytes;
}

void expect_damaged_header(std::string_view fields, const char* why) {
  EXPECT_THAT([&] { static_cast<void>(read_header(source_of(header(fields)))); },
              ThrowsMessage<ArchiveError>(HasSubstr("header is damaged")))
      << why;
}

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(ArchiveChecks, AreTheWellKnownOnes) {
  EXPECT_EQ(crc32_of(as_bytes("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc64_of(as_bytes("123456789")), 0x995dc9bbdf1939faU);
}

// The example of docs/format.md.
TEST(ArchiveFormat, IsWhatItsPageSays) {
  EXPECT_EQ(hex(pack(to_bytes("zipdream"), "stored", {1024})),
            "f55a440a"  // magic
            "02"        // version
            "01"        // flags: the size of the content is known
            "8008"      // blocks of 1024 bytes
            "08"        // 8 bytes of content
            "06"        // 6 bytes of spec
            "73746f726564"
            "27d379b9"          // check of the header
            "07"                // a block, raw, short
            "08"                // of 8 bytes
            "b1be6bbbca900a44"  // check of its content
            "c9a5a6ac"          // check of the block's header
            "7a6970647265616d"  // payload
            "00"                // no block: the index
            "01"                // 1 block
            "16"                // of 22 bytes
            "08"                // 8 bytes of content
            "10000000"          // 16 bytes of index
            "5a54cb7c"          // check of the index
            "0a445af5");
}

TEST(ArchiveHeader, ComesBackAsItWasWritten) {
  ArchiveHeader written{.block_size = 70'000,
                        .raw_size = 123'456'789,
                        .spec = "arith:ppm:6",
                        .learned = {{1234567890123, random_bytes(32)}, {0, random_bytes(32, 1)}},
                        .probe = 0x12345678};
  const Bytes bytes = write_header(written);
  const ArchiveHeader read = read_header(source_of(bytes));
  EXPECT_EQ(read.block_size, written.block_size);
  EXPECT_EQ(read.raw_size, written.raw_size);
  EXPECT_EQ(read.spec, written.spec);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.learned, written.learned);
  EXPECT_EQ(read.probe, written.probe);
  EXPECT_EQ(read.check, written.check);
  EXPECT_EQ(read.size, bytes.size());
}

TEST(ArchiveHeader, OfANewerVersionIsNamed) {
  EXPECT_THAT([] { static_cast<void>(read_header(source_of(header("\x03whatever"sv)))); },
              ThrowsMessage<ArchiveError>(HasSubstr("version 3 of the format")));
}

TEST(ArchiveHeader, IsStrict) {
  // Version, flags, block size 1024, spec.
  EXPECT_EQ(read_header(source_of(header("\x02\0\x80\x08\x06gzip:6"sv))).spec, "gzip:6");
  for (const std::string version : {"\x01", "\x02"}) {
    const auto refused = [&](std::string_view fields, const char* why) {
      expect_damaged_header(version + std::string(fields), why);
    };
    refused("\x04\x80\x08\x06gzip:6"sv, "an unknown flag");
    refused("\x80\x80\x08\x06gzip:6"sv, "an unknown flag");
    refused("\0\x80\x88\0\x06gzip:6"sv, "a number with a digit too many");
    refused("\0\xff\x07\x06gzip:6"sv, "blocks too small");
    refused("\0\x81\x80\x80\x20\x06gzip:6"sv, "blocks too large");
    refused("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x06gzip:6"sv, "endless");
    refused("\0\x80\x08\0"sv, "no spec");
    refused("\0\x80\x08\x06gzip 6"sv, "a space");
    refused("\0\x80\x08\x06gzip\n6"sv, "a line end");
    refused("\x01\x80\x08\x81\x80\x80\x80\x80\x01\x06gzip:6"sv, "too much content");
  }
}

TEST(ArchiveHeader, SaysWhatModelsLearnedInVersionTwoOnly) {
  const std::string learned = "\x02\x80\x08\x06gzip:6\x01\x05"s + std::string(32, 'h');
  EXPECT_EQ(read_header(source_of(header("\x02" + learned))).learned[0].size, 5U);
  expect_damaged_header("\x01" + learned, "version 1 had none");
  expect_damaged_header("\x02\x02\x80\x08\x06gzip:6\0"sv, "none, though a flag says so");
  expect_damaged_header("\x02\x02\x80\x08\x06gzip:6\x11"s + std::string(700, '\0'), "too many");
}

// What its reader would refuse, the writer refuses: no archive is made that nobody can open.
TEST(ArchiveHeader, IsWrittenOnlyWhereItCanBeRead) {
  const ArchiveHeader good{.block_size = 1024, .spec = "gzip:6"};
  const auto refused = [&](auto change, const char* why) {
    ArchiveHeader bad = good;
    change(bad);
    EXPECT_THROW(static_cast<void>(write_header(bad)), ArchiveError) << why;
  };
  refused([](auto& h) { h.block_size = kMinBlockSize - 1; }, "blocks too small");
  refused([](auto& h) { h.block_size = kMaxBlockSize + 1; }, "blocks too large");
  refused([](auto& h) { h.raw_size = kMaxBlocks * std::uint64_t{1024} + 1; }, "too many blocks");
  refused([](auto& h) { h.spec = ""; }, "no spec");
  refused([](auto& h) { h.spec = std::string(kMaxSpecSize + 1, 'a'); }, "a spec too long");
  refused([](auto& h) { h.spec = "lm:my model"; }, "a space");
  refused([](auto& h) { h.spec = "lm:\xc3\xa9"; }, "beyond ASCII");
  refused([](auto& h) { h.probe = 1; }, "a probe without probabilities");
  refused([](auto& h) { h.spec = "arith:ppm:6"; }, "no probe");
  refused([](auto& h) { h.learned.push_back({5, Bytes(31)}); }, "a digest too short");
  refused([](auto& h) { h.learned.assign(kMaxLearned + 1, {5, Bytes(32)}); }, "too much learned");
  refused([](auto& h) { h.version = 3; }, "another version");
}

TEST(ArchiveHeader, NamesItsModelInOneWayOnly) {
  for (const char* spec : {"gzip", "ppm", "ppm:6", "gzip:06", "arith:gzip"}) {
    ArchiveHeader written{.block_size = 1024, .spec = spec};
    if (written.spec.starts_with("arith:")) written.probe = 0;
    const Bytes archive = concat(write_header(written), write_index(written, {}));
    EXPECT_THAT(unpack_error(archive), HasSubstr("was made with " + written.spec)) << spec;
  }
}

class BlockHeader : public testing::Test {
 protected:
  // A block of these fields with the right check, at the place of block `number`.
  [[nodiscard]] Bytes block(std::string_view fields, std::uint64_t number = 0) {
    Bytes owner;
    for (int shift = 0; shift < 32; shift += 8) {
      owner.push_back(static_cast<Byte>(header_.check >> shift));
    }
    for (int shift = 0; shift < 64; shift += 8) owner.push_back(static_cast<Byte>(number >> shift));
    Bytes bytes = to_bytes(fields);
    append_check(bytes, owner);
    return concat(bytes, Bytes(1024));
  }

  void expect_damaged(std::string_view fields, const char* why) {
    EXPECT_THAT([&] { static_cast<void>(read_block(header_, 0, source_of(block(fields)))); },
                ThrowsMessage<ArchiveError>(HasSubstr("is damaged")))
        << why;
  }

  ArchiveHeader header_ = [] {
    ArchiveHeader header{.block_size = 1024, .spec = "stored"};
    static_cast<void>(write_header(header));
    return header;
  }();
};

TEST_F(BlockHeader, IsStrict) {
  const std::string content_check(8, 'c');
  const std::string checks(12, 'c');
  const auto read = read_block(header_, 0, source_of(block("\x05\x09\x08" + checks)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->raw_size, 9U);
  EXPECT_EQ(read->payload.size(), 8U);
  EXPECT_FALSE(read->is_raw);
  EXPECT_TRUE(read_block(header_, 0, source_of(block("\x03" + content_check))));
  expect_damaged("\x0b" + content_check, "an unknown kind");
  expect_damaged("\x02" + content_check, "a block that is none");
  expect_damaged("\x85\x09\x08" + checks, "an unknown kind");
  expect_damaged("\x05\x09\x09" + checks, "a payload as long as its content");
  expect_damaged("\x05\x89\x80"s + "\0\x08"s + checks, "a number with digits too many");
  expect_damaged("\x05\x80\x08\x08" + checks, "a short block as long as a full one");
  expect_damaged("\x07\0"s + content_check, "a block of nothing");
}

TEST_F(BlockHeader, IsBoundToItsPlace) {
  const std::string fields = "\x03" + std::string(8, 'c');
  EXPECT_TRUE(read_block(header_, 5, source_of(block(fields, 5))));
  EXPECT_THROW(static_cast<void>(read_block(header_, 4, source_of(block(fields, 5)))),
               ArchiveError);
}

TEST(ArchiveIndex, ComesBackAndMustFitTheHeader) {
  ArchiveHeader header{.block_size = 1024, .raw_size = 2500, .spec = "stored"};
  static_cast<void>(write_header(header));
  const ArchiveIndex index{.block_sizes = {900, 1037, 50}, .raw_size = 2500};
  const Bytes bytes = write_index(header, index);
  EXPECT_EQ(index_size(ByteView(bytes).last(kFooterSize)), bytes.size());
  EXPECT_EQ(read_index(header, bytes).block_sizes, index.block_sizes);
  const auto expect_damaged = [&](const ArchiveIndex& other, const char* why) {
    EXPECT_THROW(static_cast<void>(read_index(header, write_index(header, other))), ArchiveError)
        << why;
  };
  expect_damaged({{900, 1037, 50}, 2499}, "another size than the header's");
  expect_damaged({{900, 1037}, 2500}, "too few blocks");
  expect_damaged({{900, 1037, 50, 50}, 2500}, "too many blocks");
  expect_damaged({{900, 1037, 0}, 2500}, "a block of no bytes");
  expect_damaged({{900, 1037, 1050}, 2500}, "a block too long");
}

}  // namespace
}  // namespace zipdream
