// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/interrupt.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

Descriptor open_to_read(const std::string& path) {
  if (path == "-") return Descriptor(STDIN_FILENO);
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) {
      throw Error(
          fmt::format("{}: no such file; check the path, or use - for standard input", path));
    }
    fail_with_errno(path, "read it", errno);
  }
  struct stat status {};
  if (fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(fmt::format("{}: is a folder; name a file in it", path));
  }
  return file;
}

std::optional<struct stat> regular_status(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status;
}

// Calls read_some(rest of the room, how much is there) until the room is full or nothing comes.
template <typename ReadSome>
std::size_t fill(std::span<Byte> room, const std::string& path, ReadSome read_some) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    check_interrupt();
    const ssize_t got = read_some(room.subspan(filled), filled);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) fail_with_errno(path, "read it", errno);
    filled += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  check_interrupt();
  return filled;
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)), file_(open_to_read(path_)) {}

std::size_t InputFile::read(std::span<Byte> room) {
  return fill(room, path_, [&](std::span<Byte> rest, std::size_t /*filled*/) {
    return ::read(file_.get(), rest.data(), rest.size());
  });
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<Byte> room) const {
  return fill(room, path_, [&](std::span<Byte> rest, std::size_t filled) {
    return pread(file_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + filled));
  });
}

std::optional<std::uint64_t> InputFile::size() const {
  const auto status = regular_status(file_.get());
  if (!status) return std::nullopt;
  return static_cast<std::uint64_t>(status->st_size);
}

std::optional<std::uint64_t> InputFile::size_ahead() const {
  const auto whole = size();
  if (!whole) return std::nullopt;
  const off_t at = std::max<off_t>(lseek(file_.get(), 0, SEEK_CUR), 0);
  return *whole - std::min(*whole, static_cast<std::uint64_t>(at));
}

std::optional<FileAttributes> InputFile::attributes() const {
  const auto status = regular_status(file_.get());
  if (!status) return std::nullopt;
  return FileAttributes{.mode = status->st_mode & 0777,
                        .owner = status->st_uid,
                        .group = status->st_gid,
                        .modified = status->st_mtim};
}

}  // namespace zipdream
