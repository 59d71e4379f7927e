// SPDX-License-Identifier: Apache-2.0
// The end of a text that grows, when only so much of it is to be seen.
#pragma once

#include <cstddef>
#include <memory>

#include "codecs/common/alphabet.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

class LastBytes {
 public:
  // Keeps the last `size` bytes; 0 keeps none, for all are seen.
  explicit LastBytes(std::size_t size) : size_(size) {}

  // Returns whether bytes fell out that were seen before, so that bytes() alone must be seen now.
  [[nodiscard]] bool append(ByteView bytes) {
    if (size_ == 0) return false;
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() <= size_) return false;
    bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(size_));
    return true;
  }

  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  std::size_t size_;
  Bytes bytes_;
};

// Predictors made of a predictor: over a smaller alphabet, or with a limited memory. Each passes on
// the faster ways of the predictor within, as far as it can.

// Chooses among the symbols that consist of bytes of the alphabet alone, and numbers these anew;
// observe() takes all bytes. The predictor itself where the alphabet has all 256. Throws a usage
// Error when there is no such symbol.
[[nodiscard]] std::unique_ptr<Predictor> restrict_alphabet(std::unique_ptr<Predictor> within,
                                                           const Alphabet& alphabet);

// Of what is observed from now on, the predictor sees the last `size` bytes alone; what it has seen
// before (a corpus, of `primed_with` bytes) it keeps. The predictor itself where the size is 0.
// REQUIRES: its symbols are the bytes.
[[nodiscard]] std::unique_ptr<Predictor> limit_window(std::unique_ptr<Predictor> primed,
                                                      std::size_t size,
                                                      std::size_t primed_with = 0);

}  // namespace zipdream
