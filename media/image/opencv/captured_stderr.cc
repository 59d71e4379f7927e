// SPDX-License-Identifier: Apache-2.0
#include "media/image/opencv/captured_stderr.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

namespace zipdream {
namespace {

constexpr std::size_t kMostText = 4096;

std::mutex& stderr_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

CapturedStderr::CapturedStderr()
    : lock_(stderr_mutex()), capture_(memfd_create("stderr", MFD_CLOEXEC)) {
  if (capture_ < 0) return;
  std::fflush(stderr);
  saved_ =
      dup(STDERR_FILENO);  // -1 if the program runs without a stderr; then nothing can be printed
  if (saved_ >= 0) dup2(capture_, STDERR_FILENO);
}

CapturedStderr::~CapturedStderr() {
  if (saved_ >= 0) {
    std::fflush(stderr);
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  if (capture_ >= 0) close(capture_);
}

std::string CapturedStderr::text() const {
  std::string text(kMostText, '\0');
  std::fflush(stderr);
  const ssize_t size = capture_ < 0 ? 0 : pread(capture_, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace zipdream
