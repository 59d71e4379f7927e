// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "experiments/report/report.h"

namespace zipdream {
namespace {

TEST(Origin, KnowsAFileByItsChecksum) {
  const FileFacts facts = file_facts("x", to_bytes("123456789"));
  EXPECT_EQ(facts.bytes, 9U);
  EXPECT_EQ(hex_crc32(facts), "cbf43926") << "the check value of CRC-32";
  EXPECT_EQ(hex_crc32(file_facts("empty", {})), "00000000");
}

TEST(Origin, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_command({"zipdream", "gzip:9@bits", "-p", "it's $HOME", "", "a\nb"}),
            "zipdream gzip:9@bits -p 'it'\\''s $HOME' '' 'a\nb'");
}

}  // namespace
}  // namespace zipdream
