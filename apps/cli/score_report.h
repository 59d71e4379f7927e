// SPDX-License-Identifier: Apache-2.0
// What `zipdream score` found, as data, and its two faces: tables for people and JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

// Bytes, the bits that a model needs for each, and what the codec's own stream grows by.
struct Scored {
  Bytes bytes;                  // as many as were scored; at least one
  std::vector<double> bits;     // of each byte
  std::optional<double> added;  // L(context bytes) - L(context), in bits, where it is comparable

  [[nodiscard]] double total() const;     // bits
  [[nodiscard]] double per_byte() const;  // bits per byte
};

struct ScoreReport {
  std::string model;
  std::string probs;  // probs_name()
  std::string media;
  std::string file;  // what was scored; empty for choices
  std::size_t corpus_bytes = 0;
  std::size_t context_bytes = 0;   // beside the corpus
  std::size_t unscored_bytes = 0;  // left over by an interruption
  std::vector<Scored> scored;      // the file alone, or the choices in the order given
};

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

// One line on what was scored, and the totals by the model and by the codec's stream.
[[nodiscard]] std::string summary_table(const ScoreReport& report);
[[nodiscard]] std::string stretches_table(const ScoreReport& report);
// The likeliest choice first.
[[nodiscard]] std::string choices_table(const ScoreReport& report);

// `each_byte`: with the bits of every byte.
[[nodiscard]] std::string file_json(const ScoreReport& report, bool each_byte);
[[nodiscard]] std::string choices_json(const ScoreReport& report, bool each_byte);

}  // namespace zipdream
