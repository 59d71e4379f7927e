// SPDX-License-Identifier: Apache-2.0
// Archives that are damaged, cut off or lie. Every one ends in an ArchiveError or in the right
// bytes, and in bounded memory: this program counts what is allocated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "archive/archive.h"
#include "base/parallel.h"
#include "tests/archive/archives.h"
#include "tests/codecs/memory/counted_memory.h"
#include "tests/codecs/sample_bytes.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Beside what models take, which is below this for gzip and stored, and whatever gtest prints.
constexpr std::size_t kBound = std::size_t{4} << 20;

class DamagedArchive : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { set_thread_count(1); }
  void TearDown() override { set_thread_count(0); }

  // An error in one line, and no more memory than the bound.
  static void expect_found_out(ByteView archive, std::size_t place, const char* what) {
    reset_peak();
    const std::size_t before = bytes_in_use();
    const std::string error = unpack_error(archive);
    EXPECT_THAT(error, testing::Not(IsEmpty())) << what << " at byte " << place;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    if (!is_learning()) {
      EXPECT_LT(peak_bytes_in_use() - before, kBound) << what << " at byte " << place;
    }
  }

  [[nodiscard]] static bool is_learning() { return std::string_view(GetParam()) == "ppm"; }

  // Text in full blocks, random bytes in one (but for models, which are slow), and a short end.
  Bytes content_ =
      concat(is_learning() ? text_like(1024) : concat(text_like(2048), random_bytes(1024)),
             text_like(300, 2));
  Bytes archive_ = pack(content_, GetParam());
};

TEST_P(DamagedArchive, WithAnyOneByteChangedIsFoundOut) {
  for (std::size_t i = 0; i < archive_.size(); ++i) {
    Bytes damaged = archive_;
    const auto masks = is_learning() ? std::vector<Byte>{static_cast<Byte>(1 << i % 8)}
                                     : std::vector<Byte>{1, 2, 4, 8, 16, 32, 64, 128, 255};
    for (const Byte mask : masks) {
      damaged[i] = static_cast<Byte>(archive_[i] ^ mask);
      expect_found_out(damaged, i, "a change");
    }
  }
}

TEST_P(DamagedArchive, CutOffAnywhereIsFoundOut) {
  for (std::size_t size = 0; size < archive_.size(); ++size) {
    expect_found_out(ByteView(archive_).first(size), size, "a cut");
  }
}

TEST_P(DamagedArchive, WithBytesMissingInTheMiddleOrTooManyIsFoundOut) {
  for (std::size_t i = 0; i < archive_.size(); i += 7) {
    Bytes shorter = archive_;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    expect_found_out(shorter, i, "a missing byte");
    Bytes longer = archive_;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), 0);
    expect_found_out(longer, i, "one byte more");
  }
  Bytes longer = archive_;
  longer.push_back(0);
  EXPECT_THAT(unpack_error(longer), HasSubstr("followed by other bytes"));
}

// Every byte of content that is not reported lost is right, wherever one byte is changed.
TEST_P(DamagedArchive, LosesOnlyTheBlockWithTheDamage) {
  const std::size_t header = read_header(source_of(archive_)).size;
  const std::size_t index = write_index(read_archive_info(file_of(archive_)).front().header,
                                        read_archive_info(file_of(archive_)).front().index)
                                .size();
  for (std::size_t i = header; i < archive_.size(); i += is_learning() ? 5 : 1) {
    Bytes damaged = archive_;
    damaged[i] ^= 0x10;
    Salvaged salvaged = salvage(damaged);
    if (i >= archive_.size() - index) {
      EXPECT_EQ(salvaged.content, content_) << i;
      EXPECT_TRUE(salvaged.report.index_lost) << i;
      continue;
    }
    EXPECT_FALSE(salvaged.report.index_lost) << i;
    ASSERT_EQ(salvaged.report.lost.size(), 1U) << i;
    const auto [begin, end] = salvaged.report.lost.front();
    EXPECT_LE(end - begin, 1024U) << i;
    ASSERT_EQ(salvaged.content.size(), content_.size()) << i;
    for (std::size_t at = 0; at < content_.size(); ++at) {
      ASSERT_EQ(salvaged.content[at], at >= begin && at < end ? 0 : content_[at]) << i << " " << at;
    }
  }
}

TEST_P(DamagedArchive, CutOffGivesItsWholeBlocks) {
  const ArchiveInfo info = read_archive_info(file_of(archive_)).front();
  std::size_t size = info.header.size;
  for (std::size_t blocks = 0; blocks < info.index.block_sizes.size(); ++blocks) {
    size += info.index.block_sizes[blocks];
    const Salvaged salvaged = salvage(ByteView(archive_).first(size - 1));
    EXPECT_TRUE(salvaged.report.index_lost);
    EXPECT_THAT(salvaged.report.lost, IsEmpty());
    EXPECT_EQ(salvaged.content, Bytes(content_.begin(), content_.begin() + 1024 * blocks));
    EXPECT_EQ(salvaged.report.raw_size, content_.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Of, DamagedArchive, testing::Values("gzip:9", "stored", "ppm"),
                         [](const auto& test) { return std::string(test.param).substr(0, 4); });

TEST(DamagedBlock, IsNamedAndTheBlocksBeforeItAreWritten) {
  const Bytes content = text_like(5000);
  Bytes archive = pack(content, "gzip:9");
  const ArchiveInfo info = read_archive_info(file_of(archive)).front();
  const std::size_t third =
      info.header.size + info.index.block_sizes[0] + info.index.block_sizes[1];
  archive[third + 40] ^= 1;
  for (const int threads : {1, 2, 8}) {
    set_thread_count(threads);
    EXPECT_THAT(unpack_error(archive),
                AllOf(HasSubstr("block 3 (bytes 2048 to 3071 of the content)"),
                      HasSubstr("damaged"), HasSubstr("`salvage` saves the others")));
    Bytes written;
    EXPECT_THROW(
        decompress_stream(
            source_of(archive),
            [&](ByteView bytes) { written.insert(written.end(), bytes.begin(), bytes.end()); },
            [](const ArchiveHeader& header) { return open_model(header); }),
        ArchiveError);
    EXPECT_EQ(written, Bytes(content.begin(), content.begin() + 2048)) << threads;
  }
  set_thread_count(0);
}

TEST(BlocksThatChangedPlaces, AreFoundOut) {
  const Bytes content = concat(random_bytes(1024, 1), random_bytes(1024, 2));
  const Bytes archive = pack(content, "stored");
  const ArchiveInfo info = read_archive_info(file_of(archive)).front();
  const std::size_t size = info.index.block_sizes[0];
  ASSERT_EQ(info.index.block_sizes[1], size);
  Bytes swapped = archive;
  const auto first = swapped.begin() + static_cast<std::ptrdiff_t>(info.header.size);
  std::swap_ranges(first, first + static_cast<std::ptrdiff_t>(size),
                   first + static_cast<std::ptrdiff_t>(size));
  EXPECT_THAT(unpack_error(swapped), HasSubstr("block 1 "));
}

TEST(BlocksOfAnotherArchive, AreFoundOut) {
  const Bytes one = pack(random_bytes(2048, 1), "stored", {.block_size = 1024});
  const Bytes other = pack(random_bytes(2048, 1), "gzip", {.block_size = 1024});
  const std::size_t one_header = read_header(source_of(one)).size;
  const std::size_t other_header = read_header(source_of(other)).size;
  const Bytes mixed =
      concat(ByteView(one).first(one_header), ByteView(other).subspan(other_header));
  EXPECT_THAT(unpack_error(mixed), HasSubstr("block 1 "));
}

// All checks are right, and what they vouch for is not.
class LyingArchive : public testing::Test {
 protected:
  [[nodiscard]] Bytes with_block(StoredBlock block, std::size_t block_size = 1024) {
    ArchiveHeader header{.block_size = block_size, .spec = "gzip:6"};
    Bytes archive = write_header(header);
    append_block(header, block, archive);
    const ArchiveIndex index{.block_sizes = {static_cast<std::uint32_t>(block.size)},
                             .raw_size = block.raw_size};
    return concat(archive, write_index(header, index));
  }

  StoredBlock block_of(ByteView content) {
    return ArchiveModel(Spec::parse("gzip:6")).encode(0, content);
  }
};

TEST_F(LyingArchive, PayloadThatDecodesToSomethingElseIsFoundOut) {
  const Bytes text = text_like(1000);
  EXPECT_EQ(unpack_error(with_block(block_of(text))), "");
  StoredBlock other_content = block_of(text);
  other_content.content_check ^= 1;
  EXPECT_THAT(unpack_error(with_block(other_content)),
              HasSubstr("gzip:6 decodes it to something else"));
  StoredBlock too_short = block_of(text);
  too_short.raw_size = 999;
  EXPECT_THAT(unpack_error(with_block(too_short)),
              HasSubstr("gzip:6 decodes it to something else"));
  StoredBlock too_long = block_of(text);
  too_long.raw_size = 1001;
  EXPECT_THAT(unpack_error(with_block(too_long)), HasSubstr("gzip:6 decodes it to something else"));
}

TEST_F(LyingArchive, AnyPayloadIsDecodedOrRefused) {
  const Bytes text = text_like(1000);
  const StoredBlock block = block_of(text);
  for (std::size_t i = 0; i < block.payload.size(); ++i) {
    StoredBlock changed = block;
    changed.payload[i] ^= static_cast<Byte>(1 << i % 8);
    if (unpack_error(with_block(changed)).empty()) {  // gzip's time of day, say
      EXPECT_EQ(unpack(with_block(changed)), text) << i;
    }
  }
}

TEST_F(LyingArchive, ALongBlockWithAShortPayloadStaysInItsBound) {
  StoredBlock bomb;
  bomb.raw_size = kMaxBlockSize;
  bomb.payload = ArchiveModel(Spec::parse("gzip:6")).encode(0, Bytes(1 << 20)).payload;
  const Bytes archive = with_block(bomb, kMaxBlockSize);
  reset_peak();
  const std::size_t before = bytes_in_use();
  EXPECT_THAT(unpack_error(archive), HasSubstr("gzip:6 decodes it to something else"));
  EXPECT_LT(peak_bytes_in_use() - before, kBound);
}

TEST_F(LyingArchive, AHugePayloadThatIsNotThereTakesNoMemory) {
  ArchiveHeader header{.block_size = kMaxBlockSize, .spec = "gzip:6"};
  Bytes archive = write_header(header);
  StoredBlock block;
  block.raw_size = kMaxBlockSize;
  block.payload.resize(kMaxBlockSize - 1);
  append_block(header, block, archive);
  archive.resize(archive.size() - block.payload.size() + 100);
  block.payload = Bytes();
  archive.shrink_to_fit();
  reset_peak();
  const std::size_t before = bytes_in_use();
  EXPECT_THAT(unpack_error(archive), HasSubstr("cut off"));
  EXPECT_LT(peak_bytes_in_use() - before, kBound);
}

TEST_F(LyingArchive, AFileThatIsAllIndexTakesNoMoreThanThat) {
  ArchiveHeader header{.block_size = 1024, .spec = "gzip:6"};
  Bytes archive = write_header(header);
  Bytes footer = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
  footer.insert(footer.end(), kArchiveEnd.begin(), kArchiveEnd.end());
  archive = concat(archive, footer);
  EXPECT_THROW(static_cast<void>(read_archive_info(file_of(archive)).front()), ArchiveError);
  EXPECT_TRUE(salvage(archive).report.index_lost);
}

TEST(AnyBytes, AreNoArchive) {
  EXPECT_THAT(unpack_error({}), HasSubstr("ends too early"));
  for (int seed = 1; seed <= 200; ++seed) {
    const auto size = static_cast<std::size_t>(seed);
    EXPECT_THAT(unpack_error(random_bytes(size, seed)), testing::Not(IsEmpty()));
    const Bytes after_magic = concat(ByteView(kArchiveMagic), random_bytes(size, seed));
    EXPECT_THAT(unpack_error(after_magic), testing::Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace zipdream
