// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/gate.h"

namespace zipdream {

void Gate::wait_for_turn(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t ticket = next_ticket_++;
  freed_.wait(lock, [&] { return serving_ == ticket && free_ > 0; });
  ++serving_;
  --free_;
  freed_.notify_all();
}

bool Gate::enter() {
  std::unique_lock lock(mutex_);
  if (next_ticket_ - serving_ >= most_waiting_ && free_ == 0) return false;
  wait_for_turn(lock);
  return true;
}

void Gate::leave() {
  const std::lock_guard lock(mutex_);
  ++free_;
  freed_.notify_all();
}

void Gate::give_way() {
  std::unique_lock lock(mutex_);
  if (next_ticket_ == serving_) return;
  ++free_;
  freed_.notify_all();
  wait_for_turn(lock);
}

std::size_t Gate::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(next_ticket_ - serving_);
}

}  // namespace zipdream
