// SPDX-License-Identifier: Apache-2.0
// What a model learns from: files as tokens, the end of each held out to be measured by. What a
// step reads follows from the seed and its number alone, so a run can go on wherever it stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/tokenizers/tokenizer.h"
#include "training/plan.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Sequences one after the other, all of one length.
struct Batch {
  std::size_t length = 0;
  std::vector<std::int64_t> inputs;   // the token before each target, the begin of text at first
  std::vector<std::int64_t> targets;  // as many
};

// Threads: immutable once made.
class Corpus {
 public:
  // Throws Error when a file can't be read or all are too short for the plan's sequences, and when
  // there are more tokens than 65,536. `tokenizer`: null for bytes.
  Corpus(const std::vector<Bytes>& files, const Tokenizer* tokenizer, const TrainingPlan& plan);

  [[nodiscard]] std::size_t token_count() const { return tokens_.size(); }
  [[nodiscard]] std::size_t held_out_count() const { return held_out_tokens_; }

  // A hash of all tokens, so that a run goes on with what it began with.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  // What step `step` reads.
  [[nodiscard]] Batch batch(std::size_t step) const;

  // What is held out, all of it or `max_tokens` spread over it, in sequences of that length or,
  // where a file has less, of what it has; none when nothing is held out.
  [[nodiscard]] std::vector<Batch> held_out(std::size_t max_tokens, std::size_t length) const;

  // Bytes that the tokens stand for.
  [[nodiscard]] std::size_t byte_count(std::span<const std::int64_t> tokens) const;

 private:
  struct Part {  // of tokens_
    std::size_t begin;
    std::size_t end;
  };
  void append(const Bytes& file, const Tokenizer* tokenizer, double held_out);
  void add_sequence(std::size_t begin, Batch& batch) const;
  void check_length(std::size_t length) const;

  TrainingPlan plan_;
  std::vector<std::uint16_t> tokens_;
  std::vector<Part> training_;
  std::vector<Part> held_out_;
  std::size_t held_out_tokens_ = 0;
  std::vector<std::uint32_t> token_bytes_;  // how many each token has
  std::uint64_t fingerprint_ = 0;
};

// The files that the plan names. Throws Error when one can't be read.
[[nodiscard]] std::vector<Bytes> read_training_files(const TrainingPlan& plan);

}  // namespace zipdream
