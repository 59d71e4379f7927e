// SPDX-License-Identifier: Apache-2.0
// Image files of kinds that OpenCV alone doesn't read, or reads wrongly. The pixels of each are
// those of tests/media/image/read_image_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

// The pixels of all columns but the first.
std::string right_columns(const std::string& path) {
  const ProcessResult result =
      run_zipdream({"compare", "stored", "-f", path, "--prompt-fraction", "0.01", "--json", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out)["reference"]["hex"];
}

TEST(ImageFiles, OfPnmAreScaledFromTheirMaxval) {
  const TemporaryFolder folder;
  std::string file = "P5\n4 4\n15\n";
  for (char i = 0; i < 16; ++i) file += i;
  write_file(folder / "x.pgm", as_bytes(file));
  EXPECT_EQ(right_columns(folder / "x.pgm"),
            "112233"
            "556677"
            "99aabb"
            "ddeeff");
  const ProcessResult info = run_zipdream({"info", folder / "x.pgm", "--json"});
  EXPECT_EQ(nlohmann::json::parse(info.out)["format"], "PNM image");
}

TEST(ImageFiles, OfAnimatedWebpGiveTheirFirstFrame) {
  const std::string folder = IMAGING_TEST_FILES "/";
  EXPECT_EQ(right_columns(folder + "animation.webp"), right_columns(folder + "animation.ppm"));
}

TEST(ImageFiles, ThatBreakOffSaySo) {
  const TemporaryFolder folder;
  write_file(folder / "x.pgm", as_bytes("P5 4 4 255\nabc"));
  expect_refusal({"generate", "gzip:9", "-f", folder / "x.pgm", "-o", folder / "o.png"}, 1,
                 {"x.pgm: truncated PNM file: it holds 3 of the 16 bytes", "; "});
}

}  // namespace
}  // namespace zipdream
