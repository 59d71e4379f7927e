// SPDX-License-Identifier: Apache-2.0
// What compress, decompress and test do with one file: names, what stands there already, time and
// mode, progress. The work itself is archive/archive.h's.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/archive_models.h"
#include "archive/archive.h"

namespace zipdream {

struct ArchiveOptions {
  std::vector<std::string> files = {"-"};
  std::string model = "ppm:6";
  std::size_t block_size = kDefaultBlockSize;
  std::string output;  // path, or empty: by the input's
  bool to_stdout = false;
  bool force = false;
  bool keep = true;     // the input: what is done anyway
  bool remove = false;  // the input, when its output is whole
  bool decompress = false;
  bool salvage = false;
  bool quiet = false;
  bool verbose = false;
  int threads = 0;
  std::vector<std::string> given_models;  // of decompress and test: where a model may be
  std::shared_ptr<ArchiveModels> models;  // REQUIRES: set before a file's turn comes
};

// Each throws Error, Interrupted, or does all of it. `path` may be "-".
void compress_file(const std::string& path, const ArchiveOptions& options);
void decompress_file(const std::string& path, const ArchiveOptions& options);
void test_file(const std::string& path, const ArchiveOptions& options);

}  // namespace zipdream
