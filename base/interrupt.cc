// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"

#include <csignal>

namespace zipdream {
namespace {

volatile std::sig_atomic_t stop_signal = 0;

void request_stop(int signal) {
  stop_signal = signal;
  std::signal(signal, SIG_DFL);  // the second one kills
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action,
            nullptr);  // no SA_RESTART: a blocked read returns and is asked to stop
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupt_requested() { return stop_signal != 0; }

int interrupt_signal() { return stop_signal; }

void check_interrupt() {
  if (interrupt_requested()) throw Interrupted();
}

}  // namespace zipdream
