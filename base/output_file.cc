// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

Error already_there(const std::string& path) {
  return Error(Error::Kind::kFailure, path, "is there already", "`force` overwrites it");
}

// A symbolic link stays a link: what it leads to is replaced.
std::string follow_links(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return error || !fs::is_symlink(fs::symlink_status(path, error)) ? path : target.string();
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// What a nameless file is linked from.
std::string link_of(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

// A file without a name in the folder of `target`; -1 where there is no such thing.
int open_nameless(const std::string& target) {
  const int fd = open(folder_of(target).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd >= 0 && access(link_of(fd).c_str(), F_OK) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

Descriptor open_to_write(const std::string& path, const std::string& target,
                         OutputFile::Existing existing, bool in_place, std::string& temporary) {
  if (path == "-") return Descriptor(STDOUT_FILENO);
  check_writable(path);
  if (const auto descriptor = descriptor_of(path)) {
    Descriptor file(*descriptor > STDERR_FILENO ? fcntl(*descriptor, F_DUPFD_CLOEXEC, 3)
                                                : *descriptor);
    if (file.get() < 0) fail_with_errno(path, "write it", errno);
    return file;
  }
  if (in_place) {
    Descriptor file(open(target.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) fail_with_errno(path, "write it", errno);
    return file;
  }
  std::error_code ignored;
  if (existing == OutputFile::Existing::kRefuse && fs::exists(fs::symlink_status(path, ignored))) {
    throw already_there(path);
  }
  const int nameless = open_nameless(target);
  if (nameless >= 0) return Descriptor(nameless);
  temporary = target + ".XXXXXX";
  Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) {
    const int error = errno;
    temporary.clear();
    fail_with_errno(path, "create it", error);
  }
  return file;
}

// The process's umask as /proc tells it: umask() itself can't look without changing it for all
// threads. Where /proc doesn't tell, the mask withholds all that a mask may.
mode_t current_umask() {
  constexpr std::string_view kLabel = "Umask:\t";
  unsigned mask = S_IRWXG | S_IRWXO;
  const Descriptor file(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> start{};  // the second line says it
  std::size_t size = 0;
  for (ssize_t got = 1; file.get() >= 0 && got > 0; size += static_cast<std::size_t>(got)) {
    got = std::max<ssize_t>(read(file.get(), start.data() + size, start.size() - size), 0);
  }
  const std::string_view text(start.data(), size);
  if (const auto at = text.find(kLabel); at != std::string_view::npos) {
    std::from_chars(text.data() + at + kLabel.size(), text.data() + text.size(), mask, 8);
  }
  return mask;
}

// The mode of the file that is replaced, else that of a new one.
mode_t mode_for(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  return 0666 & ~current_umask();
}

// Names a nameless file if nothing has that name. Returns 0 or an errno.
int link_to(int fd, const std::string& name) {
  const int linked =
      linkat(AT_FDCWD, link_of(fd).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
  return linked == 0 ? 0 : errno;
}

// A free name beside `target` for a nameless file; "" with errno set when it gets none.
std::string link_beside(int fd, const std::string& target) {
  for (int i = 0; i < 100; ++i) {
    std::string name = fmt::format("{}.{}.{}", target, getpid(), i);
    errno = link_to(fd, name);
    if (errno == 0) return name;
    if (errno != EEXIST) break;
  }
  return "";
}

// Returns 0 or an errno: EEXIST when the name is taken.
int rename_to_free_name(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (link(from.c_str(), to.c_str()) == 0) return unlink(from.c_str()) == 0 ? 0 : errno;
  if (errno == EEXIST) return errno;
  struct stat status {};  // a file system that knows neither
  if (lstat(to.c_str(), &status) == 0) return EEXIST;
  return rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

// So that the name itself outlasts a loss of power. Not all file systems can.
void sync_folder(const std::string& target) {
  const Descriptor folder(open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) static_cast<void>(fsync(folder.get()));
}

// ---- lines ----

constexpr std::size_t kPieceBytes = std::size_t{1} << 16;

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
  std::array<char, kPieceBytes> piece{};
  while (size > 0) {
    const off_t begin =
        size > static_cast<off_t>(kPieceBytes) ? size - static_cast<off_t>(kPieceBytes) : 0;
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

// Where the last whole line ends, and the file.
struct Ends {
  off_t lines = 0;
  off_t file = 0;
};

Ends ends_of(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) fail_with_errno(path, "read it", errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(fmt::format("{}: is no regular file, so nothing could go on from it", path));
  }
  return {end_of_lines(fd, status.st_size, path), status.st_size};
}

}  // namespace

OutputFile::OutputFile(std::string path, Existing existing)
    : path_(std::move(path)),
      target_(existing == Existing::kReplace ? follow_links(path_) : path_),
      existing_(existing),
      in_place_(path_ == "-" || is_special_file(path_)),
      file_(open_to_write(path_, target_, existing_, in_place_, temporary_)) {}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      fail_with_errno(path_ == "-" ? "standard output" : path_, "write it", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

InputFile OutputFile::read_again() const {
  assert(!in_place_);
  if (fsync(file_.get()) != 0) fail_with_errno(path_, "write it", errno);
  static_cast<void>(posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED));
  const std::string name = temporary_.empty() ? link_of(file_.get()) : temporary_;
  Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_with_errno(path_, "read it again", errno);
  return {path_, std::move(file)};
}

void OutputFile::commit(const FileAttributes* attributes) {
  if (in_place_) return;
  set_attributes(attributes);
  if (fsync(file_.get()) != 0) fail_with_errno(path_, "write it", errno);
  take_name();
  sync_folder(target_);
}

void OutputFile::set_attributes(const FileAttributes* attributes) const {
  const int fd = file_.get();
  mode_t mode = attributes != nullptr ? attributes->mode : mode_for(target_);
  if (attributes != nullptr) {
    // Nobody gets to see more than before because the group can't be kept.
    if (fchown(fd, static_cast<uid_t>(-1), attributes->group) != 0) {
      mode &= ~static_cast<mode_t>(S_IRWXG) | (mode & S_IRWXO) << 3;
    }
    const bool owner_kept = fchown(fd, attributes->owner, static_cast<gid_t>(-1)) == 0;
    static_cast<void>(owner_kept);  // only the superuser may
    const std::array<timespec, 2> times = {timespec{.tv_nsec = UTIME_OMIT}, attributes->modified};
    if (futimens(fd, times.data()) != 0) fail_with_errno(path_, "set its time", errno);
  }
  if (fchmod(fd, mode) != 0) fail_with_errno(path_, "set its mode", errno);
}

void OutputFile::take_name() {
  int error = 0;
  if (temporary_.empty()) {
    error = link_to(file_.get(), target_);
    if (error == EEXIST && existing_ == Existing::kReplace) {
      temporary_ = link_beside(file_.get(), target_);
      error = temporary_.empty() ? errno : 0;
    }
  }
  if (!temporary_.empty()) {
    error = existing_ == Existing::kRefuse ? rename_to_free_name(temporary_, target_)
            : rename(temporary_.c_str(), target_.c_str()) == 0 ? 0
                                                               : errno;
  }
  if (error == EEXIST) throw already_there(path_);
  if (error != 0) fail_with_errno(path_, "rename to it", error);
  temporary_.clear();
}

LineFile::LineFile(std::string path) : path_(std::move(path)), file_(open_to_append(path_)) {
  static_cast<void>(ends_of(file_.get(), path_));  // for its Errors
}

std::string LineFile::rest() const {
  const Ends ends = ends_of(file_.get(), path_);
  std::string text(std::min(static_cast<std::size_t>(ends.file - ends.lines), kMaxRest), '\0');
  const ssize_t got = pread(file_.get(), text.data(), text.size(), ends.lines);
  if (got < 0) fail_with_errno(path_, "read it", errno);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

void LineFile::append(std::string_view line) {
  if (!is_whole_) {
    const Ends ends = ends_of(file_.get(), path_);
    if (ends.lines != ends.file && ftruncate(file_.get(), ends.lines) != 0) {
      fail_with_errno(path_, "write it", errno);
    }
    is_whole_ = true;
  }
  // In one call, so that a kill can't come between two.
  const std::string whole = std::string(line) + '\n';
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t put = ::write(file_.get(), rest.data(), rest.size());
    if (put < 0 && errno != EINTR) fail_with_errno(path_, "write it", errno);
    if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

void for_each_line(const std::string& path, const std::function<void(std::string_view)>& visit) {
  InputFile file(path);
  std::string text;
  Bytes piece(kPieceBytes);
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
    if (text.size() > kMaxLineBytes) {
      throw Error(fmt::format("{}: has a line of more than {} bytes; is it another file's name?",
                              path, kMaxLineBytes));
    }
  }
}

}  // namespace zipdream
