// SPDX-License-Identifier: Apache-2.0
// What was compressed comes back, and the same on any number of threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "archive/archive.h"
#include "base/parallel.h"
#include "tests/archive/archives.h"
#include "tests/codecs/names.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// All that may stand after -m: codecs, models, and a code by a codec's probabilities.
std::vector<std::string> specs() {
  std::vector<std::string> specs =
      names_of_models([](const ModelInfo& model) { return model.stands_alone(); });
  specs.emplace_back("arith:gzip:1");
  return specs;
}

std::string test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

class ArchiveRoundTrip : public testing::TestWithParam<std::string> {
 protected:
  void expect_round_trip(const Bytes& content, std::size_t block_size, const char* what) const {
    for (const bool tell_size : {true, false}) {
      const Bytes archive = pack(content, model_, {block_size, tell_size});
      EXPECT_EQ(unpack(archive), content) << what;
      const ArchiveInfo info = read_archive_info(file_of(archive)).front();
      EXPECT_EQ(info.index.raw_size, content.size()) << what;
      EXPECT_EQ(info.header.raw_size.has_value(), tell_size) << what;
      EXPECT_EQ(info.index.block_sizes.size(), (content.size() + block_size - 1) / block_size);
      const Salvaged salvaged = salvage(archive);
      EXPECT_EQ(salvaged.content, content) << what;
      EXPECT_THAT(salvaged.report.lost, testing::IsEmpty()) << what;
      EXPECT_FALSE(salvaged.report.index_lost) << what;
    }
  }

  // By the byte, or by the block.
  [[nodiscard]] bool is_slow() const {
    return GetParam().starts_with("arith:gzip") || GetParam() == "cm" || GetParam() == "image" ||
           GetParam() == "audio";
  }

  ArchiveModel model_{Spec::parse(GetParam())};
};

TEST_P(ArchiveRoundTrip, OfNothingAndOneByte) {
  expect_round_trip({}, 1024, "nothing");
  expect_round_trip({'x'}, 1024, "a byte");
}

TEST_P(ArchiveRoundTrip, OfTextInOneBlockAndInSeveral) {
  const Bytes text = text_like(is_slow() ? 1100 : 10'000);
  expect_round_trip(text, kDefaultBlockSize, "one block");
  expect_round_trip(text, 1024, "several blocks");
}

TEST_P(ArchiveRoundTrip, OfBlocksThatAreAllFull) {
  expect_round_trip(text_like(is_slow() ? 1024 : 4096), 1024, "full blocks");
}

TEST_P(ArchiveRoundTrip, OfRandomBytesAtTheirOwnSize) {
  const Bytes content = random_bytes(is_slow() ? 1500 : 65'536);
  const std::size_t block_size = is_slow() ? 1024 : 16'384;
  expect_round_trip(content, block_size, "random bytes");
  EXPECT_LT(pack(content, model_, {block_size}).size(), content.size() + 160);
}

TEST_P(ArchiveRoundTrip, IsTheSameOnAnyNumberOfThreads) {
  const Bytes text = text_like(is_slow() ? 2500 : 7000);
  set_thread_count(1);
  const Bytes archive = pack(text, model_);
  for (const int threads : {2, 3, 16}) {
    set_thread_count(threads);
    EXPECT_EQ(pack(text, model_), archive) << threads;
    EXPECT_EQ(unpack(archive), text) << threads;
  }
  set_thread_count(0);
}

INSTANTIATE_TEST_SUITE_P(Of, ArchiveRoundTrip, testing::ValuesIn(specs()), test_name);

TEST(Archive, HasTheSameBlocksWhetherTheSizeWasKnownOrNot) {
  const Bytes text = text_like(3000);
  const auto told = read_archive_info(file_of(pack(text, "ppm", {1024, true}))).front();
  const auto untold = read_archive_info(file_of(pack(text, "ppm", {1024, false}))).front();
  EXPECT_EQ(told.index.block_sizes, untold.index.block_sizes);
}

TEST(Archive, TellsOfEveryByteItCodes) {
  const Bytes content = concat(text_like(5000), random_bytes(2000));
  for (const char* spec : {"ppm", "gzip:9"}) {
    std::atomic<std::size_t> coded = 0;
    const OnCoded count = [&](std::size_t bytes) { coded += bytes; };
    const Bytes archive = pack(content, ArchiveModel(Spec::parse(spec), count));
    EXPECT_EQ(coded, content.size()) << spec;
    coded = 0;
    decompress_stream(
        source_of(archive), [](ByteView /*bytes*/) {},
        [&](const ArchiveHeader& header) { return open_model(header, {}, count); });
    EXPECT_EQ(coded, content.size()) << spec;
  }
}

TEST(Archive, RefusesContentThatIsNotOfTheSizeThatWasTold) {
  const Bytes text = text_like(3000);
  for (const std::size_t told : {0, 2999, 3001, 9000}) {
    EXPECT_THAT(
        [&] {
          compress_stream(source_of(text), [](ByteView /*bytes*/) {},
                          ArchiveModel(Spec::parse("stored")),
                          {.block_size = 1024, .raw_size = told});
        },
        testing::ThrowsMessage<ArchiveError>(testing::HasSubstr("changed while it was read")));
  }
}

TEST(Archive, CostsLessThanEightyBytesBesideTheStream) {
  const Bytes text = text_like(20'000);
  const std::size_t stream = make_codec("arith:ppm:6")->compress(text).size();
  EXPECT_LT(pack(text, "ppm", {kDefaultBlockSize}).size(), stream + 80);
}

}  // namespace
}  // namespace zipdream
