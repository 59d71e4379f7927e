// SPDX-License-Identifier: Apache-2.0
// An Arena holds all the memory of one encoder, and can put every byte of it back to how it was at
// a snapshot. That turns any encoder whose library has an allocator hook into one that can rewind:
// feed the context, snapshot, and for each candidate feed, finish, read the length, restore.
//
// The heap's own bookkeeping lies in the arena too, so blocks that were allocated or freed after
// the snapshot are unallocated or unfreed by restore(). Memory beyond what was allocated at the
// snapshot is not put back: nobody owns it.
//
// Three ways lead back.
// - kCopy copies everything.
// - kCopyOnWrite keeps the snapshot in a file in memory, of which the arena is a private mapping:
//   the kernel copies each page that is written, and restore() drops these copies. A page costs a
//   fault for every candidate that writes it.
// - kGuards makes the pages read-only and copies each before it is first written. A page once
//   written stays open, for the next candidate will most likely write it again, so after the first
//   candidates there are hardly any faults; close_unused_pages() finds out now and then which are
//   still in use. This is the fastest way, several times faster than kCopyOnWrite, but needs the
//   SIGSEGV handler of use_page_guards() (zipdream/codec.h).
// kAutomatic copies where little is allocated, and otherwise takes the fastest way that there is.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <optional>

#include "base/files.h"
#include "codecs/common/guarded_pages.h"
#include "zipdream/bytes.h"

namespace zipdream {

class Arena {
 public:
  enum class Restore { kAutomatic, kCopy, kCopyOnWrite, kGuards };

  // Throws std::bad_alloc when there is no address space.
  explicit Arena(Restore how = Restore::kAutomatic);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // `size` bytes with unspecified contents, aligned as malloc() aligns; nullptr when there is no
  // memory.
  [[nodiscard]] void* allocate(std::size_t size) noexcept;
  // REQUIRES: `block` came from allocate() of this arena, or is nullptr.
  void release(void* block) noexcept;

  // From now on restore() goes back to the present contents. After an earlier snapshot this costs
  // only the pages that were written since. Throws std::bad_alloc.
  void snapshot();
  // REQUIRES: snapshot() has been called, and thaw() not since.
  void restore();
  // For after the restore of one candidate of many: guards all pages again when so many have been
  // copied in vain that it pays. REQUIRES: nothing was written since.
  void close_unused_pages();
  // Forgets the snapshot. Worth it before so much work that it will write most pages.
  void thaw();

  // What the arena costs the machine, in bytes; an open page is expensive, since each is a mapping
  // of its own.
  [[nodiscard]] std::size_t cost() const;

  // How the snapshot in force is restored: not kAutomatic, and kCopy where another way was asked
  // for that can't be had.
  [[nodiscard]] Restore restores_by() const { return restores_by_; }

 private:
  bool make_writable(Byte* begin, std::size_t& writable, std::size_t needed) noexcept;
  bool can_guard(std::size_t used);
  bool snapshot_by_guards(std::size_t used);
  bool snapshot_by_mapping(std::size_t used);
  void snapshot_by_copy(std::size_t used);
  void restore_open_pages();

  Restore how_;
  Restore restores_by_ = Restore::kCopy;
  GuardedPages* pages_ = nullptr;  // at the start of the region
  std::size_t writable_data_ = 0;
  std::size_t writable_saved_ = 0;

  std::size_t copied_ = 0;  // bytes at the start that a snapshot by copy has saved

  std::optional<Descriptor> file_;  // that the arena is mapped from, if it is
  std::size_t mapped_ = 0;          // bytes at the start

  bool is_registered_ = false;
  std::size_t sorted_count_ = 0;  // how many open pages there were when they were last put in order
  std::size_t used_count_ = 0;    // open pages that are taken to be in use
  std::size_t copied_in_vain_ = 0;            // of the others, since all pages were closed
  std::size_t candidates_since_closing_ = 0;  // while they are few
};

}  // namespace zipdream
