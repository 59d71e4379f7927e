// SPDX-License-Identifier: Apache-2.0
// The folder of a training run. It holds what `lm:DIR` loads (config.json, model.safetensors, for
// tokens tokenizer.json), the loss curve, and in training.safetensors all that is needed to go on
// as if the run had not stopped. Each file is replaced when its successor is whole on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/lm/config.h"
#include "training/layout.h"
#include "training/plan.h"

namespace zipdream {

// What was measured after some steps, in bits per byte.
struct LossPoint {
  std::size_t step = 0;
  double training = 0;  // mean over the steps since the last point
  double held_out = 0;  // 0 if nothing is
};

struct RunState {
  TrainingPlan plan;
  std::size_t step = 0;  // done
  std::uint64_t corpus_fingerprint = 0;
  std::vector<LossPoint> curve;
  double seconds = 0;         // so far
  std::vector<float> values;  // of the layout, as are the two moments of AdamW
  std::vector<float> first_moment;
  std::vector<float> second_moment;
};

// Writes model and state, the model's weights in that format; `tokenizer_json` is empty for bytes.
// Throws Error when that fails.
void save_run(const std::string& folder, const RunState& state, const Layout& layout,
              const std::string& tokenizer_json, FloatFormat format = FloatFormat::kF32);

// Throws Error when there is no run in the folder or its record is damaged.
[[nodiscard]] RunState load_run(const std::string& folder);

[[nodiscard]] bool has_run(const std::string& folder);

// All that save_run() may write.
[[nodiscard]] std::vector<std::string> files_of_run(const std::string& folder);

// The curve as a picture (SVG).
[[nodiscard]] std::string draw_curve(const std::vector<LossPoint>& curve, const std::string& title);

}  // namespace zipdream
