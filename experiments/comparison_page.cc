// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "experiments/comparison_report.h"
#include "experiments/page_assets.h"
#include "experiments/page_data.h"
#include "experiments/page_files.h"

namespace zipdream {
namespace {

std::size_t fixed_bytes() {
  return kPageHtml.size() + kPageStyle.size() + kPageScript.size() + kChartJs.size();
}

// What stands for {{name}} in the page.
std::string_view part(std::string_view name, std::string_view data) {
  if (name == "style") return kPageStyle;
  if (name == "chart") return kChartJs;
  if (name == "script") return kPageScript;
  return data;
}

std::string filled(std::string_view page, std::string_view data) {
  std::string filled;
  while (true) {
    const std::size_t begin = page.find("{{");
    if (begin == std::string_view::npos) return filled.append(page);
    const std::size_t end = page.find("}}", begin);
    filled.append(page.substr(0, begin));
    filled.append(part(page.substr(begin + 2, end - begin - 2), data));
    page.remove_prefix(end + 2);
  }
}

}  // namespace

std::string comparison_page(const ComparisonReport& report) {
  // The data without files says how much room is left for them.
  const std::size_t rest = page_data(report, no_assets(report)).size() + fixed_bytes();
  const std::size_t room = rest < kMaxPageBytes ? kMaxPageBytes - rest : 0;
  return filled(kPageHtml, page_data(report, page_assets(report, room)));
}

}  // namespace zipdream
