// SPDX-License-Identifier: Apache-2.0
// From a CompareRequest (zipdream/compare.h) to a Comparison, for media of every kind: the prompt
// and the reference are a job's. The result is data; report/comparison_report.h shows it.
#pragma once

#include <span>

#include "experiments/variants.h"
#include "media/media_job.h"
#include "zipdream/compare.h"

namespace zipdream {

// Of the request, what is left to do for its variants: samples, seed, detail, and the corpus that
// they were primed with, for the metrics. Throws as compare() does of alphabets; Interrupted when
// the user asks to stop before anything is finished. REQUIRES: there are variants, and samples or a
// reference.
[[nodiscard]] Comparison compare(std::span<const Variant> variants, const MediaJob& job,
                                 const CompareRequest& request);

}  // namespace zipdream
