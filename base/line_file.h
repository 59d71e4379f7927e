// SPDX-License-Identifier: Apache-2.0
// A file of lines that grows, for results that must outlast a kill: each line is in the file when
// append() returns, and a line that a kill cut short is dropped when the file is opened again.
// Errors name the path.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace zipdream {

// Calls visit() for each whole line, without its end; what follows the last line feed is no line.
// Reads piece by piece. Throws Error when the file can't be read, or what visit() throws.
void for_each_line(const std::string& path, const std::function<void(std::string_view)>& visit);

// Threads: one at a time. Processes: one, the others are refused.
class LineFile {
 public:
  // Creates the file, or goes on after its last whole line. Throws Error when it can't be written,
  // or another process has it open so.
  explicit LineFile(std::string path);

  // REQUIRES: no line feed in it.
  void append(std::string_view line);

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace zipdream
