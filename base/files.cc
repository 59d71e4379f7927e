// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, std::string_view action, int error) {
  throw Error(fmt::format("{}: cannot {}: {}", path, action, std::strerror(error)));
}

// A file descriptor that closes itself; standard streams stay open.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close_now(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

  // Returns 0 or the errno of a close that reported a lost write.
  int close_now() {
    const int fd = std::exchange(fd_, -1);
    return fd > STDERR_FILENO && close(fd) != 0 ? errno : 0;
  }

 private:
  int fd_;
};

Descriptor open_to_read(const std::string& path) {
  if (path == "-") return Descriptor(STDIN_FILENO);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) {
      throw Error(
          fmt::format("{}: no such file; check the path, or use - for standard input", path));
    }
    fail(path, "read it", errno);
  }
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(fd);
    throw Error(fmt::format("{}: is a folder; name a file in it", path));
  }
  return Descriptor(fd);
}

// How much there is to read of a regular file; nothing is known of pipes and the like.
std::optional<std::size_t> size_ahead(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const off_t at = std::max<off_t>(lseek(fd, 0, SEEK_CUR), 0);
  return static_cast<std::size_t>(std::max<off_t>(status.st_size - at, 0));
}

// Reads until the end or until `limit` bytes are there.
Bytes read_up_to(int fd, const std::string& path, std::size_t limit) {
  constexpr std::size_t kStep = std::size_t{1} << 16;
  Bytes content;
  if (const auto size = size_ahead(fd)) content.reserve(std::min(limit, *size + 1));
  while (content.size() < limit) {
    const std::size_t old_size = content.size();
    content.resize(old_size + std::min(kStep, limit - old_size));
    const ssize_t got = read(fd, content.data() + old_size, content.size() - old_size);
    if (got < 0 && errno != EINTR) fail(path, "read it", errno);
    content.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    check_interrupt();
  }
  return content;
}

void write_all(int fd, const std::string& path, ByteView content) {
  while (!content.empty()) {
    const ssize_t put = write(fd, content.data(), content.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      fail(path == "-" ? "standard output" : path, "write it", errno);
    }
    content = content.subspan(static_cast<std::size_t>(put));
  }
}

bool is_special(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

// A symbolic link stays a link: what it leads to is replaced.
std::string follow_links(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return error || !fs::is_symlink(fs::symlink_status(path, error)) ? path : target.string();
}

void write_in_place(const std::string& path, ByteView content) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) fail(path, "write it", errno);
  write_all(file.get(), path, content);
}

mode_t mode_for(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

void write_and_rename(const std::string& path, ByteView content) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) fail(path, "create it", errno);
  try {
    write_all(file.get(), path, content);
    if (fchmod(file.get(), mode_for(path)) != 0) fail(path, "set its mode", errno);
    if (fsync(file.get()) != 0) fail(path, "write it", errno);
    if (const int error = file.close_now(); error != 0) fail(path, "write it", error);
    if (rename(temporary.c_str(), path.c_str()) != 0) fail(path, "rename to it", errno);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

Bytes read_file(const std::string& path, std::size_t max_size) {
  const Descriptor file = open_to_read(path);
  const auto too_large = [&] {
    return Error(fmt::format("{}: is larger than {} bytes; use a part of it", path, max_size));
  };
  if (size_ahead(file.get()).value_or(0) > max_size) throw too_large();
  Bytes content = read_up_to(file.get(), path, max_size + 1);
  if (content.size() > max_size) throw too_large();
  return content;
}

Bytes read_file_start(const std::string& path, std::size_t count) {
  const Descriptor file = open_to_read(path);
  return read_up_to(file.get(), path, count);
}

void write_file(const std::string& path, ByteView content) {
  if (path == "-") return write_all(STDOUT_FILENO, path, content);
  check_writable(path);
  if (is_special(path)) return write_in_place(path, content);
  write_and_rename(follow_links(path), content);
}

void check_writable(const std::string& path) {
  if (path == "-") return;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    throw Error(fmt::format("{}: is a folder; name the file to write", path));
  }
  if (is_special(path)) return;
  const fs::path folder = folder_of(path);
  if (!fs::is_directory(folder, ignored)) {
    throw Error(fmt::format("{}: cannot write it: there is no folder {}", path, folder.string()));
  }
  if (access(folder.c_str(), W_OK) != 0) fail(path, "write it", errno);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a != "-" && b != "-" && fs::equivalent(a, b, error) && !error;
}

}  // namespace zipdream
