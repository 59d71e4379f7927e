// SPDX-License-Identifier: Apache-2.0
// Files that are written piece by piece: an OutputFile, which appears only when it is whole, and a
// LineFile, of which every line outlasts a kill. Errors name the path.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A file that appears under its name only when it is whole. Until then it has no name at all where
// the file system can do that (O_TMPFILE), so that even a killed program leaves nothing behind;
// else it is a temporary one in the same folder. Threads: one at a time.
class OutputFile {
 public:
  enum class Existing { kReplace, kRefuse };

  // What is no regular file (a pipe, a device, "-" for standard output) is written in place, at
  // once. Throws the Error of check_writable() (files.h), and for kRefuse one when there is a file
  // of that name.
  OutputFile(std::string path, Existing existing);

  // Without commit(), nothing has happened (but for what was written in place).
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(ByteView bytes);

  // Writes to the disk what there is, and opens it anew, so that what is read is what the disk
  // holds as far as the system can be told to look there. REQUIRES: it is no special file.
  [[nodiscard]] InputFile read_again() const;

  // Writes the file to the disk and gives it its name; a symbolic link stays one, and what it leads
  // to is replaced. The file gets those attributes (the owner as far as we may), else those of the
  // file it replaces, else those that the process's umask allows a new file. With kRefuse it never
  // replaces a file, however late that came up.
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

// A file of lines that grows, for results that must outlast a kill: each line is in the file when
// append() returns, and a line that a kill cut short is dropped when the file grows again. Until
// then it stays as it is, to the last byte, so that whoever opened it can still find that it is
// somebody else's.
// Threads: one at a time. Processes: one, the others are refused.
class LineFile {
 public:
  // Creates the file, or is to go on after its last whole line. Throws Error when it can't be
  // written, or another process has it open so.
  explicit LineFile(std::string path);

  // What follows the last whole line, at most kMaxRest bytes of it.
  static constexpr std::size_t kMaxRest = std::size_t{1} << 20;
  [[nodiscard]] std::string rest() const;

  // REQUIRES: no line feed in it.
  void append(std::string_view line);

 private:
  std::string path_;
  Descriptor file_;
  bool is_whole_ = false;  // nothing follows the last whole line
};

// Lines that are longer are refused before they fill the memory.
inline constexpr std::size_t kMaxLineBytes = std::size_t{1} << 26;  // 64 MiB

// Calls visit() for each whole line of a file, without its end; what follows the last line feed is
// no line. Reads piece by piece. Throws Error when the file can't be read or has too long a line,
// or what visit() throws.
void for_each_line(const std::string& path, const std::function<void(std::string_view)>& visit);

}  // namespace zipdream
