// SPDX-License-Identifier: Apache-2.0
#include "zipdream/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/codecs/names.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::string message_of(std::string_view spec) {
  try {
    (void)make_codec(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(CodecRegistry, ListsEachCodecOnceAndMakesIt) {
  std::set<std::string_view> names;
  for (const ModelInfo* info : model_list()) {
    EXPECT_TRUE(names.insert(info->name).second) << info->name;
    EXPECT_FALSE(info->summary.empty()) << info->name;
    EXPECT_TRUE(!info->is_codec() || make_codec(info->name) != nullptr) << info->name;
  }
}

TEST(CodecRegistry, TakesTheDefaultOptionsWhenThereAreNone) {
  const Bytes data = text_like(20'000);
  for (const std::string& name : codec_names()) {
    const ModelInfo& info = *find_model_info(name);
    std::string all = name;
    for (const OptionInfo& option : info.options) {
      if (option.fallback.empty()) continue;
      all += all == name ? ":" : ",";
      all += std::string(option.key) + "=" + std::string(option.fallback);
    }
    EXPECT_EQ(make_codec(name)->compress(data), make_codec(all)->compress(data)) << all;
  }
}

TEST(CodecRegistry, SuggestsTheNearestName) {
  EXPECT_EQ(message_of("gzpi"),
            "gzpi: no such model; did you mean gzip? `zipdream list` shows all");
  EXPECT_EQ(message_of("transformer"), "transformer: no such model; `zipdream list` shows all");
}

TEST(CodecRegistry, NamesTheLegalRangeOfEveryCodec) {
  EXPECT_EQ(message_of("gzip:0"), "gzip:0: the level must be 1 to 9; try gzip:1");
  EXPECT_EQ(message_of("bzip2:10"), "bzip2:10: the level must be 1 to 9; try bzip2:9");
  EXPECT_EQ(message_of("xz:ex"), "xz:ex: the level must be 0 to 9, or 0e to 9e; try xz:6");
  EXPECT_EQ(message_of("zstd:23"), "zstd:23: the level must be 1 to 22; try zstd:22");
  EXPECT_EQ(message_of("brotli:12"), "brotli:12: the level must be 0 to 11; try brotli:11");
  EXPECT_EQ(message_of("png:10"), "png:10: the level must be 0 to 9; try png:9");
  EXPECT_EQ(message_of("flac:9"), "flac:9: the level must be 0 to 8; try flac:8");
  EXPECT_EQ(message_of("stored:1"), "stored:1: stored has no options; try stored");
}

TEST(CodecRegistry, HasLevelsThatDiffer) {
  const Bytes data = copies(30'000);
  for (const char* name : {"gzip", "xz", "zstd", "brotli"}) {
    const std::string spec = name;
    EXPECT_LT(make_codec(spec + ":9")->compress(data).size(),
              make_codec(spec + ":1")->compress(data).size())
        << spec;
  }
  EXPECT_LE(make_codec("xz:6e")->compress(data).size(), make_codec("xz:6")->compress(data).size());
}

}  // namespace
}  // namespace zipdream
