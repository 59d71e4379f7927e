// SPDX-License-Identifier: Apache-2.0
// What `generate` shows of a sample: a text as it comes, and what can be said of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/cli/common_options.h"
#include "base/output_file.h"
#include "base/terminal_text.h"
#include "generator/sample_metrics.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A text on standard output as it is generated: byte for byte into a file or pipe, made safe and
// coloured on a terminal (base/terminal_text.h).
class TextStream {
 public:
  TextStream();

  void prompt(ByteView bytes);
  void generated(ByteView bytes);

  // Ends the line on a terminal; adds nothing to a file or pipe.
  void finish();

 private:
  void show(ByteView bytes, bool highlighted);

  OutputFile output_;  // standard output, opened once for all of it
  bool terminal_;
  bool color_;
  TerminalText text_;
};

// ---- What is said of it when asked: metrics and judges ----

// The models that --judge names; with -v they tell how they come to their numbers. Throws as
// load_model() does, so that a bad spec is refused before the work begins.
[[nodiscard]] std::vector<Judge> load_judges(std::span<const std::string> specs,
                                             const ModelOptions& generating, const MediaJob& job,
                                             const Bytes& corpus);

// A bar of progress for each judge.
[[nodiscard]] OnJudged judging_bars(bool quiet);

// A few aligned lines.
[[nodiscard]] std::string stats_table(const SampleStats& stats);

}  // namespace zipdream
