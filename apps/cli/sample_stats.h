// SPDX-License-Identifier: Apache-2.0
// What `zipdream generate` says of its sample when asked (generator/judges.h).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/cli/common_options.h"
#include "generator/judges.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The models that --judge names; with -v they tell how they come to their numbers. Throws as
// load_model() does, so that a bad spec is refused before the work begins.
[[nodiscard]] std::vector<Judge> load_judges(std::span<const std::string> specs,
                                             const ModelOptions& generating, const MediaJob& job,
                                             const Bytes& corpus);

// A bar of progress for each judge.
[[nodiscard]] OnJudged judging_bars(bool quiet);

// A few aligned lines.
[[nodiscard]] std::string stats_table(const SampleStats& stats);

}  // namespace zipdream
