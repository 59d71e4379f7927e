// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "experiments/comparison_report.h"
#include "experiments/page_assets.h"
#include "experiments/page_data.h"
#include "experiments/page_files.h"
#include "experiments/page_template.h"

namespace zipdream {
namespace {

std::size_t fixed_bytes() {
  return kPageFrame.size() + kComparisonHtml.size() + kPageStyle.size() + kComparisonScript.size() +
         kChartJs.size();
}

}  // namespace

std::string comparison_page(const ComparisonReport& report) {
  // The data without files says how much room is left for them.
  const std::size_t rest = page_data(report, no_assets(report)).size() + fixed_bytes();
  const std::size_t room = rest < kMaxPageBytes ? kMaxPageBytes - rest : 0;
  return fill_page(kComparisonHtml, kComparisonScript,
                   page_data(report, page_assets(report, room)));
}

}  // namespace zipdream
