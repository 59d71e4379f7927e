// SPDX-License-Identifier: Apache-2.0
// What `zipdream score` found, as tables for people, as JSON, and as a text painted by how
// surprising each of its characters is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/sources_report.h"
#include "generator/score.h"
#include "zipdream/bytes.h"
#include "zipdream/score.h"

namespace zipdream {

// A proof, and what a decoder must have beside what was written.
struct ProofReport {
  Proof proof;
  std::uint64_t program_bytes = 0;  // of the program
  std::uint64_t model_bytes = 0;    // of the files of a model that learnt beforehand
};

struct ScoreReport {
  std::string model;
  std::string probs;                 // probs_name()
  std::vector<std::string> members;  // of a mixture
  std::string media;
  std::string file;  // what was scored; empty for choices
  std::size_t corpus_bytes = 0;
  std::size_t context_bytes = 0;         // beside the corpus
  std::size_t unscored_bytes = 0;        // left over by an interruption
  std::vector<Scored> scored;            // the file alone, or the choices in the order given
  std::optional<ProofReport> proof;      // of the file
  std::optional<SourcesReport> sources;  // of the file
};

// One line on what was scored, and the totals by the model and by the codec's stream.
[[nodiscard]] std::string summary_table(const ScoreReport& report);
[[nodiscard]] std::string stretches_table(const ScoreReport& report);
// What was scored, what was written, what a decoder weighs, and the line for the lists of records.
// REQUIRES: there is a proof.
[[nodiscard]] std::string proof_table(const ScoreReport& report);
// The likeliest choice first.
[[nodiscard]] std::string choices_table(const ScoreReport& report);

// `each_byte`: with the bits of every byte.
[[nodiscard]] std::string file_json(const ScoreReport& report, bool each_byte);
[[nodiscard]] std::string choices_json(const ScoreReport& report, bool each_byte);

// With `color`, each character stands on a background from gray over orange to magenta, in black,
// so that it reads the same on dark and light terminals; what was predicted is left as it is.
// Without, lines of 80 characters with digits from 1 to 6 below them. A character's bits are those
// of its bytes together; newlines show as ↵. A legend follows. REQUIRES: bits of each byte.
[[nodiscard]] std::string heat_map(ByteView bytes, const std::vector<double>& bits, bool color);

}  // namespace zipdream
