// SPDX-License-Identifier: Apache-2.0
#include "base/line_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/input_file.h"
#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16;

Descriptor open_to_append(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file.get() < 0) fail_with_errno(path, "write it", errno);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Error(
        fmt::format("{}: another process writes it; wait for that, or name another file", path));
  }
  return file;
}

// Where the last whole line ends.
off_t end_of_lines(int fd, off_t size, const std::string& path) {
  std::array<char, kPiece> piece{};
  while (size > 0) {
    const off_t begin = size > static_cast<off_t>(kPiece) ? size - static_cast<off_t>(kPiece) : 0;
    const ssize_t got = pread(fd, piece.data(), static_cast<std::size_t>(size - begin), begin);
    if (got != size - begin) fail_with_errno(path, "read it", got < 0 ? errno : EIO);
    const std::string_view text(piece.data(), static_cast<std::size_t>(got));
    if (const auto at = text.rfind('\n'); at != std::string_view::npos) {
      return begin + static_cast<off_t>(at) + 1;
    }
    size = begin;
  }
  return 0;
}

void drop_torn_line(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) fail_with_errno(path, "read it", errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(fmt::format("{}: is no regular file, so nothing could go on from it", path));
  }
  const off_t end = end_of_lines(fd, status.st_size, path);
  if (end != status.st_size && ftruncate(fd, end) != 0) fail_with_errno(path, "write it", errno);
}

}  // namespace

void for_each_line(const std::string& path, const std::function<void(std::string_view)>& visit) {
  InputFile file(path);
  std::string text;
  Bytes piece(kPiece);
  for (std::size_t got = piece.size(); got == piece.size();) {
    got = file.read(piece);
    text.append(as_chars(ByteView(piece).first(got)));
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         end = text.find('\n', begin)) {
      visit(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    text.erase(0, begin);
  }
}

LineFile::LineFile(std::string path) : path_(std::move(path)), file_(open_to_append(path_)) {
  drop_torn_line(file_.get(), path_);
}

void LineFile::append(std::string_view line) {
  // In one call, so that a kill can't come between two.
  const std::string whole = std::string(line) + '\n';
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t put = ::write(file_.get(), rest.data(), rest.size());
    if (put < 0 && errno != EINTR) fail_with_errno(path_, "write it", errno);
    if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace zipdream
