// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/endings.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "zipdream/error.h"

namespace zipdream {

void add_ending_options(CLI::App& app, EndingOptions& options) {
  app.add_option("--stop", options.stops, "End a text before this one comes up; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("TEXT")
      ->group("Sampling");
  app.add_flag("--ignore-eos", options.ignore_eos, "Go on where a language model ends the text")
      ->group("Sampling");
}

Endings endings_of(const EndingOptions& options, Media media) {
  const bool is_text = media == Media::kText;
  if (!options.stops.empty() && !is_text) throw usage_error("--stop: is for texts");
  if (std::ranges::find(options.stops, "") != options.stops.end()) {
    throw usage_error("--stop: is empty; it must be some text");
  }
  return {options.stops, is_text && !options.ignore_eos};
}

}  // namespace zipdream
