// SPDX-License-Identifier: Apache-2.0
// Archives of released versions, in golden/: they open for ever. Those of version 1 of the format
// were written by zipdream 0.1, those of version 2 by 0.2.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "codecs/common/coding_loop.h"
#include "tests/archive/archives.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// What is in all of them, in blocks of 1 KiB.
Bytes content() { return check_text(3000, 40); }

std::vector<std::string> golden_files() {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(GOLDEN_ARCHIVES)) {
    paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class GoldenArchive : public testing::TestWithParam<std::string> {};

TEST_P(GoldenArchive, Opens) {
  const Bytes archive = read_file(GetParam());
  EXPECT_EQ(unpack(archive), content());
  const int version = fs::path(GetParam()).filename().string().front() - '0';
  EXPECT_EQ(read_header(source_of(archive)).version, version);
}

INSTANTIATE_TEST_SUITE_P(, GoldenArchive, testing::ValuesIn(golden_files()), [](const auto& param) {
  std::string name = fs::path(param.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '=' || c == '+' || c == ','; },
      '_');
  return "Version" + name;
});

// The streams that docs/format.md promises: the same bytes from every version from 0.2 on.
TEST(PromisedStreams, AreWrittenAsTheyAlwaysWere) {
  for (const std::string model :
       {"ppm-6", "ppm-3", "cm", "cm-4", "cm-9", "cm-prior=english", "audio", "audio-off", "image",
        "image-width=16,channels=3", "stored", "mix-ppm-3+cm-1", "avg-50-ppm-3+cm-1"}) {
    const Bytes golden = read_file(std::string(GOLDEN_ARCHIVES) + "/2-" + model + ".zd");
    std::string spec = model;
    std::replace(spec.begin(), spec.end(), '-', ':');
    if (spec == "cm") spec = "cm:0";  // a header that says "cm" means that one
    EXPECT_EQ(pack(content(), spec), golden) << spec;
  }
}

}  // namespace
}  // namespace zipdream
