// SPDX-License-Identifier: Apache-2.0
// A hard limit on copying: in a text that grows, no more than N bytes in a row may repeat what
// stands earlier in it. It tells which next bytes would; they are those that make of the last N + 1
// bytes a string that was seen before.
//
// Strings are known by 64-bit hashes. Two that share one by chance could forbid a byte that need
// not be, never allow one that must not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

// A copy is independent and cheap: they share what the text was before.
// Threads: one thread at a time may call append(); const members may be called from many.
class CopyLimit {
 public:
  // Of an empty text. REQUIRES: longest >= 1.
  explicit CopyLimit(std::size_t longest);

  // The text goes on, whether or not it repeats itself. Takes 11 to 21 bytes of memory for each.
  void append(ByteView bytes);

  // Whether the text could go on with `bytes`.
  [[nodiscard]] bool allows(ByteView bytes) const;

  // What to throw when it can't go on at all.
  [[nodiscard]] Error nothing_left() const;

 private:
  // Hashes in an open table.
  class Strings {
   public:
    void insert(std::uint64_t hash);
    [[nodiscard]] bool contains(std::uint64_t hash) const;

   private:
    [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const;
    std::vector<std::uint64_t> slots_;  // 0 where free; a power of two, at most 3/4 taken
    std::size_t size_ = 0;
  };

  [[nodiscard]] bool seen(std::uint64_t hash) const;
  void remember(std::uint64_t hash);

  std::size_t longest_;
  std::uint64_t weight_;    // of the byte that is `longest_` bytes before the last one
  Bytes last_;              // the last bytes of the text, at most `longest_`
  std::uint64_t hash_ = 0;  // of last_
  std::vector<std::shared_ptr<Strings>> known_;  // the last may be ours alone, then it grows
  std::vector<std::uint64_t> recent_;            // not yet there
};

}  // namespace zipdream
