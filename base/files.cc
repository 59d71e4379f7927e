// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/output_file.h"
#include "base/process.h"
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

// Calls read_some(rest of the buffer, bytes filled so far) until the buffer is full or nothing
// comes.
template <typename ReadSome>
std::size_t fill(std::span<Byte> buffer, const std::string& path, ReadSome read_some) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    check_interrupt();
    const ssize_t got = read_some(buffer.subspan(filled), filled);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) fail_with_errno(path, "read it", errno);
    filled += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  check_interrupt();
  return filled;
}

// The descriptor may be closed once the file is mapped.
ByteView map_file(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(fmt::format("{}: is no regular file; name one", path));
  }
  if (status.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) {
    fail_with_errno(path, "map it into memory", errno);
  }
  return {static_cast<const Byte*>(memory), size};
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
  if (const auto descriptor = descriptor_of(path)) {
    const int flags = fcntl(*descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) fail_with_errno(path, "write it", EBADF);
  }
  if (is_special_file(path)) return;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored)) {
    throw Error(fmt::format("{}: cannot write it: there is no folder {}", path, folder.string()));
  }
  if (access(folder.c_str(), W_OK) != 0) fail_with_errno(path, "write it", errno);
}

namespace {

// The folder in /proc that lists what this process has open, by its real name.
bool lists_own_descriptors(const fs::path& folder) {
  const std::string own = fmt::format("/proc/{}/", getpid());
  return folder.string().starts_with(own) && folder.filename() == "fd";
}

std::optional<FileId> id_in(const struct stat& status) {
  if (S_ISCHR(status.st_mode)) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

}  // namespace

std::optional<int> descriptor_of(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the system has it
  fs::path at(path);
  std::error_code error;
  for (int i = 0; i < kMaxLinks; ++i) {
    const fs::path folder = fs::canonical(at.has_parent_path() ? at.parent_path() : ".", error);
    if (error) return std::nullopt;
    if (lists_own_descriptors(folder)) {
      const std::string digits = at.filename().string();
      int number = 0;
      const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      const bool is_number = bad == std::errc() && end == digits.data() + digits.size();
      return is_number ? std::optional(number) : std::nullopt;
    }
    const fs::path next = fs::read_symlink(at, error);
    if (error) return std::nullopt;
    at = next.is_absolute() ? next : folder / next;
  }
  return std::nullopt;
}

std::optional<FileId> file_id(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? id_in(status) : std::nullopt;
}

std::optional<FileId> file_id(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 ? id_in(status) : std::nullopt;
}

bool is_special_file(const std::string& path) {
  if (descriptor_of(path)) return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

int Descriptor::close_now() {
  const int fd = std::exchange(fd_, -1);
  return fd > STDERR_FILENO && close(fd) != 0 ? errno : 0;
}

void fail_with_errno(const std::string& path, std::string_view action, int error) {
  throw Error(fmt::format("{}: cannot {}: {}", path, action, std::strerror(error)));
}

InputFile::InputFile(std::string path) : path_(std::move(path)), file_(open_to_read(path_)) {}

std::size_t InputFile::read(std::span<Byte> buffer) {
  return fill(buffer, path_, [&](std::span<Byte> rest, std::size_t /*filled*/) {
    return ::read(file_.get(), rest.data(), rest.size());
  });
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<Byte> buffer) const {
  return fill(buffer, path_, [&](std::span<Byte> rest, std::size_t filled) {
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

MappedFile::MappedFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_with_errno(path, "open it", errno);
  bytes_ = map_file(file.get(), path);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<Byte*>(bytes_.data()), bytes_.size());
}

}  // namespace zipdream
