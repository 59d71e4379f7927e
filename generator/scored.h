// SPDX-License-Identifier: Apache-2.0
// Texts that were scored: a file, or several that are choices for one place, and what stands out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "generator/score.h"
#include "media/media.h"
#include "zipdream/bytes.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Bytes, the bits that a model needs for each, and what the codec's own stream grows by.
struct Scored {
  Bytes bytes;                  // as many as were scored; at least one
  std::vector<double> bits;     // of each byte
  std::optional<double> added;  // L(context bytes) - L(context), in bits, where it is comparable

  [[nodiscard]] double total() const;     // bits
  [[nodiscard]] double per_byte() const;  // bits per byte
};

// Each of the texts after what the model has seen. When the user asks to stop, a text alone keeps
// the bytes that were scored; throws Interrupted if there are none, or several texts. REQUIRES: no
// text is empty or has a foreign byte (find_unencodable_byte()).
[[nodiscard]] std::vector<Scored> score_texts(const Predictor& model, std::span<const Bytes> texts,
                                              const OnScored& on_scored);

// Sets `added` of all, where the model is a codec that sees all of the context, which is corpus and
// prompt; leaves it where the user asks to stop. REQUIRES: they are scored to the end.
void add_own_lengths(const ModelRequest& model, Media media, ByteView context,
                     std::span<Scored> scored);

// A run of bytes and its bits per byte.
struct Stretch {
  std::size_t begin = 0;
  std::size_t size = 0;
  double per_byte = 0;
};

// The most and the least surprising stretches, from the extreme one on; none overlaps another. Of
// equals the first one. Few bytes have short and few stretches.
struct Stretches {
  std::vector<Stretch> most;
  std::vector<Stretch> least;
};
[[nodiscard]] Stretches find_stretches(const std::vector<double>& bits);

// The choice, counted from 0, of the least bits and that of the least bits per byte; of equals the
// first one. REQUIRES: there are choices.
struct Winners {
  std::size_t by_bits = 0;
  std::size_t by_bits_per_byte = 0;
};
[[nodiscard]] Winners find_winners(const std::vector<Scored>& choices);

}  // namespace zipdream
