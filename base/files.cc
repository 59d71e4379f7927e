// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/descriptor.h"
#include "base/input_file.h"
#include "base/output_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// Reads until the end or until `limit` bytes are there.
Bytes read_up_to(InputFile& file, std::size_t limit) {
  constexpr std::size_t kStep = std::size_t{1} << 16;
  Bytes content;
  if (const auto size = file.size_ahead()) {
    content.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(limit, *size + 1)));
  }
  while (content.size() < limit) {
    const std::size_t old_size = content.size();
    content.resize(old_size + std::min(kStep, limit - old_size));
    const std::size_t got = file.read(std::span(content).subspan(old_size));
    if (old_size + got == content.size()) continue;
    content.resize(old_size + got);
    break;
  }
  return content;
}

}  // namespace

Bytes read_file(const std::string& path, std::size_t max_size) {
  InputFile file(path);
  const auto too_large = [&] {
    return Error(fmt::format("{}: is larger than {} bytes; use a part of it", path, max_size));
  };
  if (file.size_ahead().value_or(0) > max_size) throw too_large();
  Bytes content = read_up_to(file, max_size + 1);
  if (content.size() > max_size) throw too_large();
  return content;
}

Bytes read_file_start(const std::string& path, std::size_t count) {
  InputFile file(path);
  return read_up_to(file, count);
}

void write_file(const std::string& path, ByteView content) {
  OutputFile file(path, OutputFile::Existing::kReplace);
  file.write(content);
  file.commit();
}

void check_writable(const std::string& path) {
  if (path == "-") return;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    throw Error(fmt::format("{}: is a folder; name the file to write", path));
  }
  if (is_special_file(path)) return;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored)) {
    throw Error(fmt::format("{}: cannot write it: there is no folder {}", path, folder.string()));
  }
  if (access(folder.c_str(), W_OK) != 0) fail_with_errno(path, "write it", errno);
}

bool is_special_file(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a != "-" && b != "-" && fs::equivalent(a, b, error) && !error;
}

}  // namespace zipdream
