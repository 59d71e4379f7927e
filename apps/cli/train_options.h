// SPDX-License-Identifier: Apache-2.0
// The command line of `zipdream train`, which zipdream-train reads and zipdream explains.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "apps/cli/description.h"
#include "media/media.h"
#include "training/plan.h"
#include "training/trainer.h"

namespace zipdream {

struct TrainingOptions {
  TrainingPlan plan;
  TrainingRequest request;
  bool resumes = false;
  std::optional<Media> media;            // given: the bytes of whatever files are learnt
  std::optional<std::size_t> new_steps;  // of a run that goes on
  bool json = false;
};

// Returns the help if it was asked for. Throws a usage Error for what makes no sense.
// REQUIRES: argv is main's, all of it.
[[nodiscard]] std::optional<std::string> parse_training_options(std::span<char* const> argv,
                                                                TrainingOptions& options);

// The command with its options, as CommandLine::describe() has them.
[[nodiscard]] CommandDescription describe_training_options();

}  // namespace zipdream
