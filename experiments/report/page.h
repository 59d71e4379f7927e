// SPDX-License-Identifier: Apache-2.0
// How pages are put together: one HTML file that holds its style, its scripts and its data, and
// asks nothing of the network. The parts that are the same on all pages are the files in page/,
// compiled into the library (cmake/embed.cmake).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/report/comparison_report.h"

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

// ---- the pictures and audio of a page: which of them fit on it ----

// A file as a data URL.
struct PageAsset {
  std::string id;  // "a0", "a1", ...
  std::string url;
};

// Of one sample. Empty ids: left out, or not to be had.
struct SampleAssets {
  std::string picture;      // of an image: the generated part
  std::string difference;   // from the reference
  std::string audio;        // of audio: prompt and generated
  std::string spectrogram;  // of that audio
};

struct PageAssets {
  std::vector<PageAsset> files;
  std::string prompt;                  // of an image: the prompt
  SampleAssets reference;              // its picture; its audio and spectrogram
  std::vector<std::string> surprisal;  // of each run: of the reference by its probabilities
  std::vector<std::vector<SampleAssets>> samples;  // of each run, of each sample
  std::size_t left_out = 0;                        // pictures and audio that did not fit
};

// How many samples of each run a page shows: the first ones.
[[nodiscard]] std::size_t samples_on_page(const Comparison& comparison);

// Places for all pictures and audio, empty.
[[nodiscard]] PageAssets no_assets(const ComparisonReport& report);

// As many as fit into `max_bytes` of data URLs, the most important first: the prompt, the
// reference, the first sample of each, its pictures, then the other samples.
[[nodiscard]] PageAssets page_assets(const ComparisonReport& report, std::size_t max_bytes);

// ---- Pictures: all are of the generated part alone, for the prompt is the same for all ----

[[nodiscard]] Image prompt_part(const ImageParts& parts);

// REQUIRES of each of the following: the bytes are those of the whole generated part of `parts`.
[[nodiscard]] Image generated_part(const ImageParts& parts, std::span<const Bytes> continuations);

// Gray: the difference of the channels, on average, by its square root, so that small ones show:
// black where they are equal, white where they are 255 apart.
[[nodiscard]] Image difference(const ImageParts& parts, std::span<const Bytes> continuations,
                               std::span<const Bytes> reference);

// In kHeatColors, by the mean of a pixel's channels.
[[nodiscard]] Image surprisal_map(const ImageParts& parts, const SurprisalTrace& trace);

}  // namespace zipdream
