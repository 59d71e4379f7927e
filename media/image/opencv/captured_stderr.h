// SPDX-License-Identifier: Apache-2.0
// OpenCV, libpng and libjpeg tell of damaged files on stderr, whatever their log levels are. A
// scope of CapturedStderr keeps that off the terminal and in hand.
//
// The diversion is of the whole process: scopes exclude each other, and what other threads write to
// stderr while one is open is captured too. So keep scopes as short as one call of the library.
#pragma once

#include <mutex>
#include <string>

namespace zipdream {

class CapturedStderr {
 public:
  CapturedStderr();
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  // What was written so far, cut after some kilobytes.
  [[nodiscard]] std::string text() const;

 private:
  std::lock_guard<std::mutex> lock_;
  int capture_;  // -1 where the system refused; nothing is diverted then
  int saved_ = -1;
};

}  // namespace zipdream
