// SPDX-License-Identifier: Apache-2.0
// Samples as a decoder gives them, gathered into audio.
#pragma once

#include <cstddef>
#include <span>

#include "media/audio/audio.h"

namespace zipdream {

class SampleCollector {
 public:
  // Throws Error when two channels are wanted and the file has others. At most `max_frames` are
  // taken.
  SampleCollector(int rate, std::size_t channels, std::size_t max_frames, Channels wanted);

  // Whole frames, channels interleaved. Throws Error when one is no number, or there are too many.
  void add(std::span<const float> samples);

  // Throws the Error of add() for so many frames.
  void check_length(std::size_t frames) const;

  [[nodiscard]] std::size_t frames() const { return audio_.frames(); }

  [[nodiscard]] Audio take();

 private:
  std::size_t channels_;
  std::size_t max_frames_;
  bool is_mixed_;
  Audio audio_;
};

}  // namespace zipdream
