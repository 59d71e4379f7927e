// SPDX-License-Identifier: Apache-2.0
// Who takes part in `zipdream compare`: MODEL, or MODEL@WAY, which says by which law or method.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "cli/common_options.h"
#include "cli/method.h"
#include "experiments/comparison.h"
#include "media/media_job.h"

namespace zipdream {

// What is said for all of them; each takes what it has a use for.
struct ContestantOptions {
  ModelOptions model;  // its spec is not regarded
  MethodOptions method;
  SamplingOptions sampling;
};

// One of them: "gzip:9@beam" with its own options.
struct ContestantRequest {
  std::string name;
  ContestantOptions options;
};

// bytes|bits|tables|sample|beam|spans|dream, for the help.
[[nodiscard]] std::string contestant_ways();

// Throws a usage Error for a way that doesn't exist, options that don't fit each other, and an
// option that no contestant has a use for.
[[nodiscard]] std::vector<ContestantRequest> parse_contestants(
    const std::vector<std::string>& names, const ContestantOptions& options);

// Throws as load_model() and load_method() do, so that what can be refused is before the work
// begins. `corpus` is all of it.
[[nodiscard]] std::vector<Contestant> load_contestants(
    const std::vector<ContestantRequest>& requests, const MediaJob& job, const Bytes& corpus);

}  // namespace zipdream
