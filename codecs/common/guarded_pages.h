// SPDX-License-Identifier: Apache-2.0
// Pages that save themselves before they are first written.
//
// A guarded page is read-only. The first write to it raises SIGSEGV; the handler copies the page
// aside, notes its number and opens it, and the write goes on as if nothing had been. So whoever
// guards N pages and finds 200 of them written pays for 200 copies, not N.
//
// The handler finds the pages by address in a registry of atomic words; a fault anywhere else goes
// to the handler that was installed before. It calls only memcpy and mprotect. It is installed by
// use_page_guards() (zipdream/codec.h), since a handler belongs to the whole process.
// Threads: one thread at a time works on the pages of one region, any number on different ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

// Stands at the start of a region of kRegionBytes, which its owner maps. All regions have the same
// size, so that one word, the address, says everything about them.
struct GuardedPages {
  Byte* data;              // the pages
  Byte* saved;             // as many pages, for the copies
  std::size_t count;       // of the pages at `data`, how many are guarded or were
  std::size_t open_count;  // of those, how many were written since
  std::uint32_t* opened;   // their numbers
  Byte* is_open;           // one flag per page
};

// What an encoder may take. Only reserved: memory is used as far as it is touched.
inline constexpr std::size_t kMaxArenaBytes = std::size_t{4} << 30;
inline constexpr std::size_t kRegionBytes = (2 * kMaxArenaBytes) + (std::size_t{16} << 20);

[[nodiscard]] std::size_t page_size();

// Whether faults come to the handler: it was installed, and nobody has put his own over it.
[[nodiscard]] bool faults_are_handled();

// Lets the handler look after `region`. False when there are too many regions.
[[nodiscard]] bool register_region(GuardedPages& region);
void forget_region(GuardedPages& region);

// Guards the pages up to `count`; those that are open stay so. REQUIRES: count >= pages.count.
// False, with all pages open and forgotten, when the kernel refuses.
[[nodiscard]] bool guard(GuardedPages& pages, std::size_t count);

// Guards all pages again that are open. False, with all pages open and forgotten, when the kernel
// refuses.
[[nodiscard]] bool close_pages(GuardedPages& pages);

// Opens all pages and forgets which were written.
void unguard(GuardedPages& pages);

}  // namespace zipdream
