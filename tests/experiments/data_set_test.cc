// SPDX-License-Identifier: Apache-2.0
#include "experiments/data/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "media/image/imaging.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bytes all_of(const DataSet& data, std::size_t item, std::size_t chunk = 4) {
  const Item opened = open_item(data, item, chunk);
  Bytes bytes(1000);
  bytes.resize(opened.bytes(bytes));
  return bytes;
}

TEST(DataSet, IsAFolderSortedWithoutHiddenFiles) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  write_file(folder / "b", to_bytes("second"));
  write_file(folder / "a", to_bytes("first"));
  write_file(folder / "sub/c", to_bytes("third"));
  write_file(folder / ".hidden", to_bytes("none"));
  const DataSet data = find_data_set(folder.path(), std::nullopt);
  EXPECT_THAT(data.files, ElementsAre(folder / "a", folder / "b", folder / "sub/c"));
  EXPECT_EQ(data.name, std::filesystem::path(folder.path()).filename());
  EXPECT_EQ(all_of(data, 2), to_bytes("third"));
  EXPECT_EQ(data.stored_bytes(), 16U);
}

TEST(DataSet, IsAPatternOrHasAName) {
  const TemporaryFolder folder;
  write_file(folder / "a.x", to_bytes("1"));
  write_file(folder / "b.y", to_bytes("2"));
  EXPECT_THAT(find_data_set(folder / "*.x", std::nullopt).files, ElementsAre(folder / "a.x"));
  const DataSet named = find_data_set("enwik8=" + (folder / "b.y"), std::nullopt);
  EXPECT_EQ(named.name, "enwik8");
  EXPECT_THAT(named.files, ElementsAre(folder / "b.y"));
  write_file(folder / "k=v", to_bytes("3"));
  EXPECT_EQ(find_data_set(folder / "k=v", std::nullopt).name, "k=v");
}

TEST(DataSet, RefusesWhatIsNotThereOrMixed) {
  const TemporaryFolder folder;
  const auto refusal = [](const std::string& word) -> std::string {
    try {
      static_cast<void>(find_data_set(word, std::nullopt));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal(folder.path()), HasSubstr("no files are in this folder"));
  EXPECT_THAT(refusal(folder / "none"), HasSubstr("no such file"));
  EXPECT_THAT(refusal("random:lots"), HasSubstr("try random:1M"));
  write_file(folder / "t.txt", to_bytes("text"));
  write_file(folder / "i.png", imaging().encode_png({2, 1, 1, {1, 2}}, 1));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("mixes media"));
  EXPECT_EQ(find_data_set(folder.path(), Media::kText).media, Media::kText);
}

TEST(DataSet, OfRandomBytesIsTheSameEachTimeInAnyPieces) {
  const DataSet data = find_data_set("random:1000", std::nullopt);
  const Bytes at_once = all_of(data, 0);
  EXPECT_EQ(at_once.size(), 1000U);
  const Item item = open_item(data, 0, 4);
  Bytes pieces;
  Bytes room(7);
  for (std::size_t got = 7; got == 7;) {
    got = item.bytes(room);
    pieces.insert(pieces.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(got));
  }
  EXPECT_EQ(pieces, at_once);
}

TEST(DataSet, IsCutToItsLimitAcrossFiles) {
  const TemporaryFolder folder;
  write_file(folder / "a", to_bytes("12345"));
  write_file(folder / "b", to_bytes("6789"));
  DataSet data = find_data_set(folder.path(), std::nullopt);
  data.limit = 7;
  EXPECT_EQ(data.stored_bytes(), 7U);
  EXPECT_EQ(all_of(data, 0), to_bytes("12345"));
  EXPECT_EQ(all_of(data, 1), to_bytes("67"));
  data.limit = 3;
  EXPECT_EQ(all_of(data, 0), to_bytes("123"));
  EXPECT_EQ(all_of(data, 1), Bytes());
}

TEST(DataSet, HasAFingerprintOfItsFiles) {
  const TemporaryFolder folder;
  write_file(folder / "a", to_bytes("12345"));
  const auto before = find_data_set(folder.path(), std::nullopt).fingerprint();
  EXPECT_EQ(find_data_set(folder.path(), std::nullopt).fingerprint(), before);
  write_file(folder / "a", to_bytes("123456"));
  EXPECT_NE(find_data_set(folder.path(), std::nullopt).fingerprint(), before);
}

TEST(Known, AreFilesByTheirDigestAndOthersByName) {
  const TemporaryFolder folder;
  write_file(folder / "enwik6", Bytes(1'000'000, 'x'));
  const DataSet fake = find_data_set("mine=" + (folder / "enwik6"), std::nullopt);
  EXPECT_EQ(recognise(fake).data_set, "") << "of the same size, but not the same";
  EXPECT_EQ(recognise(find_data_set(folder / "enwik6", std::nullopt)).by, "name");
  EXPECT_EQ(recognise(find_data_set("random:10", std::nullopt)).data_set, "random");
}

TEST(Published, IsOfTheNearestDataSetAndModel) {
  const auto gzip = published_rate({"enwik8", "gzip:9", 0, false});
  ASSERT_TRUE(gzip);
  EXPECT_EQ(gzip->source, "DSL-Lab");
  EXPECT_NEAR(gzip->rate, 0.4914, 1e-9);
  EXPECT_EQ(published_rate({"enwik8", "png:9", 0, false})->data, "enwik9");
  EXPECT_NEAR(published_rate({"imagenet", "lm:x", 233'088, false})->rate, 1.94, 1e-9);
  EXPECT_NEAR(published_rate({"enwik6", "xz:6", 0, true})->rate, 0.290692, 1e-9);
  EXPECT_FALSE(published_rate({"enwik8", "ppm:6", 0, false}));
  EXPECT_FALSE(published_rate({"", "gzip:9", 0, false}));
}

}  // namespace
}  // namespace zipdream
