// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a request that long work polls. The first signal asks; a second one kills.
#pragma once

#include <exception>

namespace zipdream {

// Thrown by long work that found a request to stop; what was finished before it is kept by the
// caller.
class Interrupted : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// Installs the handlers. Call once, from main.
void handle_interrupts();

// Whether a stop was requested. Any thread; cheap enough for inner loops.
[[nodiscard]] bool interrupt_requested();

// The signal that requested it; 0 if none did.
[[nodiscard]] int interrupt_signal();

// Throws Interrupted if a stop was requested.
void check_interrupt();

}  // namespace zipdream
