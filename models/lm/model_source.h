// SPDX-License-Identifier: Apache-2.0
// A model as its files store it: the same things whatever the format, so that all that follows is
// one. A format is a function here.
#pragma once

#include <memory>
#include <string>

#include "models/lm/architectures.h"
#include "models/lm/checkpoint.h"
#include "models/lm/gguf.h"
#include "models/tokenizers/tokenizer.h"

namespace zipdream {

struct ModelSource {
  ModelPlan plan;
  Checkpoint tensors;
  std::shared_ptr<const Tokenizer> tokenizer;  // null: the model's files have none
};

// A folder in Hugging Face's form. Both throw Error when a file is missing, damaged, contradicts
// itself, or asks for what the engine can't do.
[[nodiscard]] ModelSource open_hugging_face(const std::string& folder);

[[nodiscard]] ModelSource open_gguf(const std::string& path);

// ---- the parts of open_gguf() ----

// What the values say of the model; factors of rotary positions are taken from the tensors. Throws
// Error for what is no language model (a part of one that sees, an adapter), and for what the
// engine can't do.
[[nodiscard]] ModelPlan read_gguf_plan(const GgufValues& values, Checkpoint& tensors);

// Throws Error for what read_gguf_plan() refuses by its kind alone: before the tensors are looked
// at.
void check_gguf_kind(const GgufValues& values);

// Null where the values have none.
[[nodiscard]] std::unique_ptr<Tokenizer> read_gguf_tokenizer(const GgufValues& values);

}  // namespace zipdream
