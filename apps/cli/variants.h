// SPDX-License-Identifier: Apache-2.0
// Who takes part in `zipdream compare`: MODEL, or MODEL@METHOD, which says by which
// probabilities or method.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/common_options.h"
#include "apps/cli/method.h"
#include "experiments/comparison.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"

namespace zipdream {

// What is said for all of them; each takes what it has a use for.
struct VariantOptions {
  ModelOptions model;  // its spec is ignored
  MethodOptions method;
  SamplingOptions sampling;
};

// One of them: "gzip:9@beam" with its own options.
struct VariantRequest {
  std::string name;
  VariantOptions options;
};

// bytes|bits|tables|sample|beam|spans|dream, for the help.
[[nodiscard]] std::string variant_methods();

// Throws a usage Error for a method that doesn't exist, options that don't fit each other, and an
// option that no variant has a use for.
[[nodiscard]] std::vector<VariantRequest> parse_variants(const std::vector<std::string>& names,
                                                         const VariantOptions& options);

// Throws as load_model() and load_method() do, so that what can be refused is before the work
// begins. `corpus` is all of it.
[[nodiscard]] std::vector<Variant> load_variants(const std::vector<VariantRequest>& requests,
                                                 const MediaJob& job, const Bytes& corpus);

}  // namespace zipdream
