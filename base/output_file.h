// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name only when it is whole. Until then it has no name at all where
// the file system can do that (O_TMPFILE), so that even a killed program leaves nothing behind;
// else a temporary one in the same folder. Errors name the path.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/input_file.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Threads: one at a time.
class OutputFile {
 public:
  enum class Existing { kReplace, kRefuse };

  // What is no regular file (a pipe, a device, "-" for standard output) is written in place, at
  // once. Throws the Error of check_writable() (base/files.h), and for kRefuse one when there is a
  // file of that name.
  OutputFile(std::string path, Existing existing);

  // Without commit(), nothing has happened (but for what was written in place).
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(ByteView bytes);

  // Writes it to the disk and gives it its name; a symbolic link stays one, and what it leads to is
  // replaced. It gets those attributes (the owner as far as we may), else those a new file gets, or
  // those of the file it replaces. With kRefuse it never replaces one, however late that came up.
  void commit(const FileAttributes* attributes = nullptr);

 private:
  void take_name();
  void set_attributes(const FileAttributes* attributes) const;

  std::string path_;    // as the user names it
  std::string target_;  // behind symbolic links
  Existing existing_;
  bool in_place_;
  std::string temporary_;  // the name it has meanwhile; "" if none
  Descriptor file_;
};

}  // namespace zipdream
