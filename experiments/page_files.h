// SPDX-License-Identifier: Apache-2.0
// The parts of a page that are the same on all of them, compiled into the program
// (cmake/embed.cmake) so that it needs no files. Valid for the life of the program; available once
// main has begun.
#pragma once

#include <string_view>

namespace zipdream {

extern const std::string_view kPageFrame;         // page/frame.html, with {{name}} where others go
extern const std::string_view kPageStyle;         // page/style.css
extern const std::string_view kChartJs;           // Chart.js, minified, with its licence
extern const std::string_view kComparisonHtml;    // page/comparison.html
extern const std::string_view kComparisonScript;  // what draws it: page/*.js but report.js
extern const std::string_view kReportHtml;        // page/report.html, the same for any report
extern const std::string_view kReportScript;      // page/base.js, page/report.js

}  // namespace zipdream
