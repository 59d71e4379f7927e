// SPDX-License-Identifier: Apache-2.0
#include "experiments/page_template.h"

#include "experiments/page_files.h"

namespace zipdream {

std::string fill_page(std::string_view content, std::string_view script, std::string_view data) {
  const auto part = [&](std::string_view name) {
    if (name == "style") return kPageStyle;
    if (name == "chart") return kChartJs;
    if (name == "content") return content;
    return name == "script" ? script : data;
  };
  std::string filled;
  std::string_view page = kPageFrame;
  while (true) {
    const std::size_t begin = page.find("{{");
    if (begin == std::string_view::npos) return filled.append(page);
    const std::size_t end = page.find("}}", begin);
    filled.append(page.substr(0, begin));
    filled.append(part(page.substr(begin + 2, end - begin - 2)));
    page.remove_prefix(end + 2);
  }
}

std::string script_safe(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";  // within a JSON string, the only place where it can stand
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace zipdream
