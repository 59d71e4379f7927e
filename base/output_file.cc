// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/interrupt.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

Error already_there(const std::string& path) {
  return Error(Error::Kind::kFailure, path, "is there already",
               "name another, or have it overwritten");
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

mode_t mode_for(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
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
  return rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;  // a file system that knows no better
}

// So that the name itself outlasts a loss of power. Not all file systems can.
void sync_folder(const std::string& target) {
  const Descriptor folder(open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) static_cast<void>(fsync(folder.get()));
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

}  // namespace zipdream
