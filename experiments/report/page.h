// SPDX-License-Identifier: Apache-2.0
// How pages are put together: one HTML file that holds its style, its scripts and its data, and
// asks nothing of the network. The parts that are the same on all pages are the files in page/,
// compiled into the library (cmake/embed.cmake).
#pragma once

#include <string>
#include <string_view>

namespace zipdream {

// Valid for the life of the program; available once main has begun.
extern const std::string_view kPageFrame;  // page/frame.html, with {{name}} where the others go
extern const std::string_view kPageStyle;  // page/style.css
extern const std::string_view kChartJs;    // Chart.js, minified, with its licence
extern const std::string_view kComparisonHtml;    // page/comparison.html
extern const std::string_view kComparisonScript;  // page/*.js but report.js: draws a comparison
extern const std::string_view kReportHtml;        // page/report.html, of any report
extern const std::string_view kReportScript;      // page/base.js, page/report.js

// page/frame.html with its style and Chart.js, the content, the script that draws it and the data.
// REQUIRES: data as script_safe() makes it.
[[nodiscard]] std::string fill_page(std::string_view content, std::string_view script,
                                    std::string_view data);

// JSON without '<', so that nothing in it can end the script element it stands in.
[[nodiscard]] std::string script_safe(std::string_view json);

}  // namespace zipdream
