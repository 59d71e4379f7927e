// SPDX-License-Identifier: Apache-2.0
// What a training run is to do, as plain data: all that its result depends on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/lm/config.h"

namespace zipdream {

struct TrainingPlan {
  std::vector<std::string> files;  // one named twice counts twice
  std::size_t bpe = 0;             // tokens to learn; 0: none
  std::string tokenizer;           // a tokenizer's file or folder to use; empty: none
  double held_out = 0.02;          // share at the end of each file that is measured by, not learned
  std::size_t align = 1;           // sequences begin at multiples of so many bytes of a file

  LmConfig model;  // vocab_size and begin of text follow from the tokenizer

  std::size_t steps = 2000;
  std::size_t batch = 4096;          // tokens per step
  std::size_t warmup_seq_len = 128;  // tokens of the sequences at first, when the context is longer
  double full_length_fraction = 0.3;  // share of the steps, at the end, that read whole contexts
  double learning_rate = 3e-3;        // after the warm-up
  double final_rate = 0.05;           // share of it that is left at the end of the cosine
  std::size_t warm_up = 100;          // steps
  double weight_decay = 0.05;         // of matrices
  double clip = 1;                    // length of the gradient at most
  // A step's sequences are cut into so many parts, whose gradients are added up in a fixed order:
  // in less memory, and by as many processes as there are parts, or fewer, with the same result.
  std::size_t micro_batches = 1;
  double dropout = 0;  // share of what each layer adds that is left out at random
  std::uint64_t seed = 1;

  std::size_t save_interval = 500;  // steps between measurements and checkpoints
  bool bf16 = false;                // arithmetic of the matrices

  // The length and number of the sequences that a step reads, and its learning rate; steps count
  // from 0.
  [[nodiscard]] std::size_t length_at(std::size_t step) const;
  [[nodiscard]] std::size_t sequences_at(std::size_t step) const;
  [[nodiscard]] double rate_at(std::size_t step) const;
};

// The architectures and sizes that have names: "modern" or "paper"; "200k", "800k" or "3.2m".
// Throws a usage Error for others.
[[nodiscard]] LmConfig named_model(const std::string& architecture, const std::string& size);

// The intermediate_size that goes with a hidden_size, unless another is asked for.
[[nodiscard]] std::size_t intermediate_size_for(const LmConfig& config, std::size_t hidden_size);

// Sets the sizes that follow from others and from the vocabulary.
void complete_model(std::size_t vocab_size, std::optional<Symbol> begin_of_text, LmConfig& config);

// The name of the config's architecture: "modern" or "paper".
[[nodiscard]] std::string architecture_name(const LmConfig& config);

// Throws a usage Error for what can't be trained.
void check_plan(const TrainingPlan& plan);

// The plan as the record of a run holds it, and back. plan_from_json() throws Error, beginning with
// `where`.
[[nodiscard]] std::string to_json(const TrainingPlan& plan);
[[nodiscard]] TrainingPlan plan_from_json(const std::string& json, const std::string& where);

}  // namespace zipdream
