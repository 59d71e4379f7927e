// SPDX-License-Identifier: Apache-2.0
// The paper measured with Python's modules. Where python3 is installed: the lengths of x + b for
// all 256 bytes b are those of zlib, gzip, bz2 and lzma there.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Prints the version of zlib, then a line "spec length length ..." for each spec whose module
// exists.
constexpr std::string_view kScript = R"(
import sys
x = open(sys.argv[1], 'rb').read()
makers = {}
import zlib, gzip
print(zlib.ZLIB_RUNTIME_VERSION)
for level in (1, 6, 9):
    makers[f'zlib:{level}'] = lambda d, level=level: zlib.compress(d, level)
    makers[f'gzip:{level}'] = lambda d, level=level: gzip.compress(d, level)
try:
    import bz2
    makers['bzip2'] = bz2.compress
except ImportError: pass
try:
    import lzma
    makers['xz'] = lzma.compress
    makers['xz:0'] = lambda d: lzma.compress(d, preset=0)
    makers['xz:1e'] = lambda d: lzma.compress(d, preset=1 | lzma.PRESET_EXTREME)
    makers['lzma'] = lambda d: lzma.compress(d, format=lzma.FORMAT_ALONE)
except ImportError: pass
for spec, compress in makers.items():
    print(spec, *(len(compress(x + bytes([b]))) for b in range(256)))
)";

std::vector<std::string> python_lines(ByteView context) {
  const TemporaryFolder folder;
  write_file(folder / "x", context);
  write_file(folder / "lengths.py", as_bytes(kScript));
  const std::string command = "python3 '" + folder / "lengths.py" + "' '" + folder / "x" + "' >'" +
                              folder / "lengths" + "' 2>/dev/null";
  if (std::system(command.c_str()) != 0) return {};
  std::ifstream file(folder / "lengths");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class PythonLengths : public testing::TestWithParam<std::size_t> {};

TEST_P(PythonLengths, AreOurs) {
  const Bytes context = text_like(GetParam());
  const std::vector<std::string> lines = python_lines(context);
  if (lines.empty()) GTEST_SKIP() << "no python3 with zlib";
  if (lines[0] != zlibVersion()) GTEST_SKIP() << "python3 has zlib " << lines[0];

  const Bytes bytes = full_alphabet();
  std::vector<ByteView> candidates;
  for (const Byte& byte : bytes) candidates.emplace_back(&byte, 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::istringstream line(lines[i]);
    std::string spec;
    line >> spec;
    const auto codec = make_codec(spec);
    const auto session = codec->start(Units::kBytes);
    session->append(context);
    std::vector<double> bits(candidates.size());
    session->bits_after(candidates, bits);
    for (std::size_t byte = 0; byte < 256; ++byte) {
      std::size_t theirs = 0;
      line >> theirs;
      EXPECT_EQ(bits[byte], 8.0 * static_cast<double>(theirs)) << spec << ", byte " << byte;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfContexts, PythonLengths, testing::Values(0, 1, 400, 2500));

}  // namespace
}  // namespace zipdream
