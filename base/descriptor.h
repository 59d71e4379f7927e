// SPDX-License-Identifier: Apache-2.0
// A file descriptor that closes itself. For the files of this folder.
#pragma once

#include <string>
#include <string_view>

namespace zipdream {

// Owns what it is given; standard streams stay open.
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

}  // namespace zipdream
