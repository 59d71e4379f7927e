// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

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

MappedFile::MappedFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_with_errno(path, "open it", errno);
  bytes_ = map_file(file.get(), path);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<Byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

}  // namespace zipdream
