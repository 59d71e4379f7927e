// SPDX-License-Identifier: Apache-2.0
// What a sequence gets, as it comes, and where it ends.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/generate.h"

namespace zipdream {

// One thread.
class Continuation {
 public:
  // Grows `bytes` to at most `count` bytes and calls `on_generated` with what is new; what may yet
  // turn out to begin a stop is held back until it is known. REQUIRES: `bytes` is empty; it and
  // `endings` outlive this.
  Continuation(std::size_t count, const Endings& endings,
               std::function<void(ByteView)> on_generated, Bytes& bytes);

  [[nodiscard]] bool done() const { return stopped_ || bytes_.size() >= count_; }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  // What overruns the count, or follows a stop, is cut off.
  void append(ByteView bytes);

  // Says that the model ends the text here; where that is asked for, it is done then.
  void end_text() { stopped_ = stopped_ || endings_.end_of_text; }

  // Calls `on_generated` with what was held back. To be called once, at the end.
  void finish() { report(bytes_.size()); }

 private:
  [[nodiscard]] bool cut_at_stop(std::size_t size_before);
  [[nodiscard]] std::size_t held_back() const;
  void report(std::size_t end);

  std::size_t count_;
  const Endings& endings_;
  std::function<void(ByteView)> on_generated_;
  Bytes& bytes_;
  std::size_t reported_ = 0;
  bool stopped_ = false;
};

}  // namespace zipdream
