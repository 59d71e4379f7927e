// SPDX-License-Identifier: Apache-2.0
// What a page shows, as JSON for its script (page/*.js).
#pragma once

#include <string>

#include "experiments/comparison_report.h"
#include "experiments/page_assets.h"

namespace zipdream {

// A text's characters and what a law made of them are cut to what a page can hold, evenly among all
// texts; how much there is in all stands beside. Holds no '<', so that nothing in it can end the
// script element it stands in.
[[nodiscard]] std::string page_data(const ComparisonReport& report, const PageAssets& assets);

}  // namespace zipdream
