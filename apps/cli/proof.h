// SPDX-License-Identifier: Apache-2.0
// Proof that a file may go since what was made of it is whole: what was written is read from the
// disk again before it gets its name, and compared with what it was made of.
#pragma once

#include <cstdint>

#include "archive/archive.h"
#include "base/files.h"
#include "zipdream/bytes.h"

namespace zipdream {

// What bytes come to that are not kept.
class ContentSum {
 public:
  void add(ByteView bytes);
  friend bool operator==(const ContentSum&, const ContentSum&) = default;

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t check_ = 0;  // CRC-64
};

// Throws Error unless `original`, opened again by its name, is still that file, and the archive
// gives back just its bytes. Reads both to their ends. `open` makes the model anew.
void prove_archive(InputFile& archive, const InputFile& original, const OpenModel& open);

// Throws Error unless the file that was written holds just what `sum` was taken of. `original` is
// what it was made of, for the error.
void prove_content(InputFile& written, const ContentSum& sum, const InputFile& original);

}  // namespace zipdream
