// SPDX-License-Identifier: Apache-2.0
// zipdream/rates.h as a client of the library uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/codecs/sample_bytes.h"
#include "tests/experiments/variants.h"
#include "tests/temporary_folder.h"
#include "zipdream/zipdream.h"

namespace zipdream {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class RatesRequestTest : public testing::Test {
 protected:
  RatesRequestTest() {
    write("a.txt", text_like(10'000));
    write("b.txt", text_like(5'000, 2));
    request_.models = {Spec::parse("gzip:9"), Spec::parse("ppm:3@1/2")};
    request_.data = {"letters=" + (folder_ / "*.txt"), "random:3000"};
    request_.chunk = 500;
    request_.whole = true;
  }

  void write(const std::string& name, const Bytes& content) {
    std::ofstream(folder_ / name, std::ios::binary) << as_chars(content);
  }

  [[nodiscard]] std::string refused_option() const {
    try {
      static_cast<void>(rates(request_));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kUsage) << error.what();
      return error.option();
    }
    return "none";
  }

  TemporaryFolder folder_;
  RatesRequest request_;
};

TEST_F(RatesRequestTest, GivesARowForEachModelOnEachDataSet) {
  const RatesResult result = rates(request_);
  ASSERT_EQ(result.rows.size(), 2U + 4U) << "a share is never the whole";
  const RatesRow& whole = result.rows[0];
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.model, "gzip:9");
  EXPECT_EQ(whole.data, "letters");
  EXPECT_EQ(whole.bytes, 15'000U);
  const RatesRow& chunked = result.rows[2];
  EXPECT_FALSE(chunked.whole);
  EXPECT_EQ(chunked.chunks, 30U);
  EXPECT_GT(chunked.rate, whole.rate);
  EXPECT_GT(chunked.standard_error, 0);
  EXPECT_EQ(result.rows[4].model, "ppm:3");
  EXPECT_EQ(result.rows[4].every, 2U);
  EXPECT_EQ(result.rows[4].bytes, 7'500U);
  EXPECT_EQ(result.rows[5].data, "random");
  EXPECT_GT(result.rows[5].rate, 0.99);
  EXPECT_THAT(result.notes, Contains(HasSubstr("header counts once")));
  EXPECT_TRUE(result.failures.empty());
}

TEST_F(RatesRequestTest, JoinsTheRecordsOfItsShards) {
  const RatesResult whole = rates(request_);
  std::vector<std::string> records;
  request_.run.shards = 2;
  for (request_.run.shard = 0; request_.run.shard < 2; ++request_.run.shard) {
    request_.run.record = folder_ / std::to_string(request_.run.shard);
    records.push_back(request_.run.record);
    static_cast<void>(rates(request_));
  }
  const RatesResult merged = merge_rates(records);
  ASSERT_EQ(merged.rows.size(), whole.rows.size());
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    EXPECT_EQ(merged.rows[i].rate, whole.rows[i].rate);
    EXPECT_EQ(merged.rows[i].chunks, whole.rows[i].chunks);
  }
  EXPECT_THROW(static_cast<void>(merge_rates({records[0]})), Error);
}

TEST_F(RatesRequestTest, NamesTheFilesThatCannotBeReadAndMeasuresTheOthers) {
  const std::string damaged = "\x89PNG\r\n\x1a\n and no more";
  write("1.png", ramp_png(50, 40, 1));
  write("2.png", to_bytes(damaged));
  request_.data = {folder_ / "*.png"};
  const RatesResult result = rates(request_);
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_THAT(result.failures[0].item, HasSubstr("2.png"));
  EXPECT_EQ(result.rows[0].bytes, 4U * 500U) << "patches of the picture that is whole";
  request_.data = {folder_ / "2.png"};
  EXPECT_THAT([&] { (void)rates(request_); },
              testing::ThrowsMessage<Error>(HasSubstr("nothing in it fills a chunk")));
}

TEST_F(RatesRequestTest, NamesTheOptionThatCannotBeMeant) {
  request_.chunk = 0;
  EXPECT_EQ(refused_option(), "chunk");
  request_.chunk = 500;
  request_.run.shards = 2;
  EXPECT_EQ(refused_option(), "shard") << "no record";
  request_.run = {.record = folder_ / "r", .shard = 2, .shards = 2};
  EXPECT_EQ(refused_option(), "shard");
  request_.run = {};
  request_.chunked = request_.whole = false;
  EXPECT_EQ(refused_option(), "chunked");
  request_.whole = true;
  request_.models.clear();
  EXPECT_EQ(refused_option(), "models");
  request_.models = {Spec::parse("stored")};
  request_.data.clear();
  EXPECT_EQ(refused_option(), "data");
}

}  // namespace
}  // namespace zipdream
