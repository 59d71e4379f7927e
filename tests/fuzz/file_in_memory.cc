// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/file_in_memory.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

class Scratch {
 public:
  Scratch() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    path_ = (parent / "zipdream_fuzz.XXXXXX").string();
    check(mkdtemp(path_.data()) != nullptr, "no scratch folder");
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

const std::string& scratch_folder() {
  static const Scratch scratch;
  return scratch.path();
}

std::string put_scratch_file(const std::string& name, ByteView bytes) {
  std::string path = scratch_folder() + "/" + name;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  check(file.good(), "the scratch folder is full");
  return path;
}

void remove_scratch_file(const std::string& name) {
  std::error_code ignored;
  std::filesystem::remove(scratch_folder() + "/" + name, ignored);
}

}  // namespace zipdream
