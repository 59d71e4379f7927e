// SPDX-License-Identifier: Apache-2.0
// A training run from its plan to its folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "training/peers.h"
#include "training/plan.h"
#include "training/run_state.h"

namespace zipdream {

struct TrainingRequest {
  std::string folder;
  std::string device = "cpu";
  int threads = 0;                        // 0: one per core
  std::optional<std::size_t> until;       // pause after this step
  FloatFormat store = FloatFormat::kF32;  // of the model's weights; the run's own are floats
  bool quiet = false;
  // The processes that train together, of which this is one; null: it is alone. They need the same
  // texts; the folder is rank 0's, as is the plan.
  Peers* peers = nullptr;
};

struct TrainingResult {
  std::size_t step = 0;
  std::size_t steps = 0;
  std::size_t parameters = 0;
  double held_out = 0;  // bits per byte; 0 if nothing is held out
  double training = 0;  // bits per byte over the last steps
  double seconds = 0;   // of the whole run
  double rate = 0;      // bytes per second of this part of it
  double cpu_rate = 0;  // bytes per second of processor time
  bool interrupted = false;
};

// Begins a run. Throws Error when the folder holds another one, when the files can't be read or
// written, or the device isn't there; when training diverges, with what was saved before kept; when
// peers are of other versions, have other texts, or are more than the plan's micro-batches.
TrainingResult begin_training(const TrainingPlan& plan, const TrainingRequest& request);

// Goes on with the run of the folder; `steps`, when given, replaces the plan's. Throws as
// begin_training(), and Error when the files are not what they were.
TrainingResult resume_training(const TrainingRequest& request, std::optional<std::size_t> steps);

}  // namespace zipdream
