// SPDX-License-Identifier: Apache-2.0
// What concerns the whole process: a request to stop, a bound on memory, its program. The library
// installs nothing by itself; a program that wants Ctrl-C or a limit to work so calls the functions
// marked "from main". All others are harmless where that was not done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

namespace zipdream {

// ---- interruption ----

// Thrown by long work that found a request to stop; the caller keeps what was finished before it.
class Interrupted : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// From main, once: Ctrl-C (SIGINT) and SIGTERM become a request to stop, which long work polls. The
// first signal asks; a second one kills.
void handle_interrupts();

// From a program that learns of such a wish in its own way: what the first signal does, and, once
// the work that was to stop has come back, as if it had never been asked. All work of the process
// is asked at once. Threads: any.
void request_interrupt(int signal);
void clear_interrupt();

// Whether a stop was requested. Cheap enough for inner loops. Threads: any.
[[nodiscard]] bool interrupt_requested();

// The signal that requested it; 0 if none did.
[[nodiscard]] int interrupt_signal();

// Throws Interrupted if a stop was requested.
void check_interrupt();

// ---- memory ----

// From main, before threads begin: from now on the process may have at most so many bytes of its
// own, which are heap, stacks and tables, but not files that are mapped to be read (RLIMIT_DATA).
// What would need more throws std::bad_alloc, or the Error of the library that ran short. Throws a
// usage Error when the system refuses.
void limit_memory(std::size_t bytes);

// ---- the program ----

// The bytes of its file, as it is: with the library where that is linked statically, without the
// system's. 0 where that can't be told.
[[nodiscard]] std::uint64_t program_bytes();

}  // namespace zipdream
