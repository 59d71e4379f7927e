// SPDX-License-Identifier: Apache-2.0
// What compress, decompress and test do with one file: names, what stands there already, time and
// mode, progress. The work itself is archive/archive.h's.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/archive_models.h"
#include "apps/cli/file_use.h"
#include "archive/archive.h"

namespace zipdream {

// In the place of a model: it is chosen by the content of each file.
inline constexpr std::string_view kAutomatic = "auto";

struct ArchiveOptions {
  std::vector<std::string> files = {"-"};
  std::string model = std::string(kAutomatic);
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
  // REQUIRES: set before a file's turn comes.
  std::shared_ptr<ArchiveModels> models;
  std::shared_ptr<ArchiveModels> proof_models;  // found and loaded by an archive's header
};

// Each throws Error, Interrupted, or does all of it. `path` may be "-". `files` knows what the
// whole command reads, and gets to know what this file is written to.
void compress_file(const std::string& path, const ArchiveOptions& options, FileUse& files);
void decompress_file(const std::string& path, const ArchiveOptions& options, FileUse& files);
void test_file(const std::string& path, const ArchiveOptions& options, FileUse& files);

}  // namespace zipdream
