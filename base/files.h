// SPDX-License-Identifier: Apache-2.0
// Files: whole ones in and out, read piece by piece, or mapped into memory. The path "-" is
// standard input or output. Errors name the path. Files that are written piece by piece:
// output_file.h.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "zipdream/bytes.h"

namespace zipdream {

// Inputs larger than this are refused before they fill the memory.
inline constexpr std::size_t kMaxInputBytes = std::size_t{1} << 30;  // 1 GiB

// The content of a file, pipe or standard input. Throws Error when it is missing, a folder,
// unreadable or longer than `max_size`.
[[nodiscard]] Bytes read_file(const std::string& path, std::size_t max_size = kMaxInputBytes);

// The first `count` bytes at most, or all of a shorter file. REQUIRES: path is not "-".
[[nodiscard]] Bytes read_file_start(const std::string& path, std::size_t count);

// Writes a file so that it appears under its name only when whole (output_file.h). An existing file
// is replaced and keeps its mode; what is no regular file (a pipe, a device, "-") is written in
// place. Throws Error when that fails, leaving the old file as it was.
void write_file(const std::string& path, ByteView content);

// Throws the Error that write_file(path) would, as far as it can be told beforehand, so that a long
// job finds out before its work is done. Writes nothing.
void check_writable(const std::string& path);

// Whether it is written in place: it is there and neither a regular file nor a folder (a pipe, a
// device), or descriptor_of() knows it.
[[nodiscard]] bool is_special_file(const std::string& path);

// The file descriptor of this process that a path is a name of: /dev/stdout, /dev/fd/3,
// /proc/self/fd/1, or a link to one of these. Such a path is written in place whatever it leads to:
// somebody else opened that, and knows where in it the writing begins.
[[nodiscard]] std::optional<int> descriptor_of(const std::string& path);

// Which file it is, whatever its names.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// Of what a path or a descriptor leads to; nothing where that is no file, or a character device
// (/dev/null, a terminal), which nobody loses anything by sharing.
[[nodiscard]] std::optional<FileId> file_id(const std::string& path);
[[nodiscard]] std::optional<FileId> file_id(int descriptor);

// ---- piece by piece ----

// A file descriptor that closes itself; standard streams stay open.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close_now(); }

  [[nodiscard]] int get() const { return fd_; }

  // Returns 0 or the errno of a close that reported a lost write.
  int close_now();

 private:
  int fd_;
};

// Throws the Error "PATH: cannot ACTION: reason" for an errno.
[[noreturn]] void fail_with_errno(const std::string& path, std::string_view action, int error);

// What a file has beside its bytes, as far as it is handed on to another.
struct FileAttributes {
  mode_t mode = 0;  // the permissions alone
  uid_t owner = 0;
  gid_t group = 0;
  timespec modified{};
};

// A file, a pipe or standard input ("-"). Threads: one at a time.
class InputFile {
 public:
  // Throws Error when it is missing, a folder or unreadable.
  explicit InputFile(std::string path);

  // What a descriptor that is open for reading leads to; `path` names it in errors.
  InputFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] std::optional<FileId> id() const { return file_id(file_.get()); }

  // Fills `buffer` with what follows; returns less than its size only at the end. Throws Error, or
  // Interrupted when the user asks to stop.
  std::size_t read(std::span<Byte> buffer);

  // Fills `buffer` with what the file holds from `offset` on, wherever read() stands; returns less
  // than its size only at the end. Throws as read() does. REQUIRES: size() has a value.
  std::size_t read_at(std::uint64_t offset, std::span<Byte> buffer) const;

  // The bytes of a regular file from its start; nothing for pipes and the like.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

  // How many bytes of a regular file are still to be read; nothing for pipes and the like.
  [[nodiscard]] std::optional<std::uint64_t> size_ahead() const;

  // The attributes of a regular file; nothing for pipes and the like.
  [[nodiscard]] std::optional<FileAttributes> attributes() const;

 private:
  std::string path_;
  Descriptor file_;
};

// ---- mapped ----

// A file's content as memory that the system reads in when it is looked at: for large files of
// which not all is needed at once. Read-only, private. A file that another program cuts short while
// it is mapped ends this one.
// Threads: immutable once made.
class MappedFile {
 public:
  // Throws Error when the file is missing, unreadable, or no regular file. An empty one is fine.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Valid while the file lives.
  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  ByteView bytes_;
};

}  // namespace zipdream
