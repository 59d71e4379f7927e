// SPDX-License-Identifier: Apache-2.0
// The specs over which the contract suites run: every listed codec by its plain name, and a few
// levels that take other paths through the libraries.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tests/codecs/names.h"
#include "zipdream/registry.h"

namespace zipdream {

[[nodiscard]] inline std::vector<std::string> specs_to_test() {
  std::vector<std::string> specs = codec_names();
  for (const char* spec : {"gzip:1",
                           "gzip:9",
                           "deflate:4",
                           "libdeflate:1",
                           "libdeflate:12",
                           "zopfli:1",
                           "bzip2:1",
                           "xz:0",
                           "xz:2e",
                           "lzma:1",
                           "zstd:1",
                           "zstd:19",
                           "brotli:0",
                           "brotli:5",
                           "png:0",
                           "png:9,width=20",
                           "png:6,width=7,channels=3",
                           "png:6,filters=no-average",
                           "png:9,width=20,filters=no-average",
                           "webp:3,width=900,channels=3",
                           "flac:0",
                           "flac:8,format=s16",
                           "flac:2,format=s16,channels=2",
                           "flac:5,channels=2"}) {
    specs.emplace_back(spec);
  }
  return specs;
}

// Sessions don't depend on the level but for zlib's DEFLATE. That of Zopfli is libdeflate's, and
// takes a tenth of a second for one answer.
[[nodiscard]] inline std::vector<std::string> session_specs_to_test() {
  std::vector<std::string> specs = specs_to_test();
  std::erase_if(specs, [](const std::string& spec) {
    if (spec.starts_with("zopfli")) return true;
    return spec.find(':') != std::string::npos && !spec.starts_with("gzip") &&
           !spec.starts_with("deflate") && spec.find('=') == std::string::npos;
  });
  return specs;
}

// Names of tests may hold letters and digits only.
[[nodiscard]] inline std::string test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

[[nodiscard]] inline const ModelInfo& codec_info(std::string_view spec) {
  return *find_model_info(Spec::parse(spec).name());
}

}  // namespace zipdream
