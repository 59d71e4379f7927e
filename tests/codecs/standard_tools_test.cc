// SPDX-License-Identifier: Apache-2.0
// Our streams go through the standard tools and theirs through decompress(), where a tool is
// installed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Shell commands from the file "in" to the file "out" of the current folder.
struct Tool {
  const char* codec;
  const char* program;
  const char* compress;
  const char* decompress;
  bool concatenates;
};

std::ostream& operator<<(std::ostream& out, const Tool& tool) { return out << tool.codec; }

bool run(const std::string& command) {
  return std::system((command + " 2>/dev/null").c_str()) == 0;
}

class StandardTool : public testing::TestWithParam<Tool> {
 protected:
  void SetUp() override {
    if (!run(std::string("command -v ") + GetParam().program + " >/dev/null")) {
      GTEST_SKIP() << GetParam().program << " is not installed";
    }
  }

  Bytes convert(const char* command, ByteView input) const {
    write_file(folder_ / "in", input);
    EXPECT_TRUE(run("cd '" + folder_.path() + "' && " + command)) << command;
    return read_file(folder_ / "out");
  }

  TemporaryFolder folder_;
  std::unique_ptr<Codec> codec_ = make_codec(GetParam().codec);
};

TEST_P(StandardTool, ReadsOurStreams) {
  for (const std::size_t size : {0, 1, 70'000}) {
    const Bytes data = text_like(size);
    EXPECT_EQ(convert(GetParam().decompress, codec_->compress(data)), data);
  }
}

TEST_P(StandardTool, WritesStreamsThatWeRead) {
  for (const std::size_t size : {0, 1, 70'000}) {
    const Bytes data = text_like(size);
    EXPECT_EQ(codec_->decompress(convert(GetParam().compress, data), size), data);
  }
}

TEST_P(StandardTool, WritesStreamsThatWeReadOneAfterTheOther) {
  const Bytes first = convert(GetParam().compress, text_like(5000, 1));
  const Bytes second = convert(GetParam().compress, text_like(3000, 2));
  const Bytes both = concat(concat(first, second), codec_->compress({}));
  if (!GetParam().concatenates) {
    EXPECT_THROW((void)codec_->decompress(both, 8000), Error);
    return;
  }
  EXPECT_EQ(codec_->decompress(both, 8000), concat(text_like(5000, 1), text_like(3000, 2)));
  EXPECT_EQ(convert(GetParam().decompress, both), concat(text_like(5000, 1), text_like(3000, 2)));
  EXPECT_THROW((void)codec_->decompress(both, 7999), Error);
  EXPECT_THROW((void)codec_->decompress(ByteView(both).first(both.size() - 1), 8000), Error);
}

const Tool kTools[] = {
    {"gzip", "gzip", "gzip -6 <in >out", "gzip -d <in >out", true},
    {"libdeflate", "gzip", "gzip -6 <in >out", "gzip -d <in >out", true},
    {"zopfli", "gzip", "gzip -9 <in >out", "gzip -d <in >out", true},
    {"bzip2", "bzip2", "bzip2 -9 <in >out", "bzip2 -d <in >out", true},
    {"xz", "xz", "xz -6 <in >out", "xz -d <in >out", true},
    {"lzma", "xz", "xz --format=lzma <in >out", "xz -d --format=lzma <in >out", false},
    {"zstd", "zstd", "zstd -3 <in >out", "zstd -d <in >out", true},
    {"brotli", "brotli", "brotli -c <in >out", "brotli -dc <in >out", false},
    {"flac", "flac",
     "flac -f -8 --force-raw-format --endian=little --sign=unsigned --channels=1 --bps=8"
     " --sample-rate=16000 -o out in",
     "flac -f -d --force-raw-format --endian=little --sign=unsigned -o out in", false},
};
INSTANTIATE_TEST_SUITE_P(, StandardTool, testing::ValuesIn(kTools),
                         [](const auto& test) { return test.param.codec; });

}  // namespace
}  // namespace zipdream
