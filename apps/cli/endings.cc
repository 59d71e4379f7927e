// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/endings.h"

#include <algorithm>

#include "zipdream/error.h"

namespace zipdream {

void add_ending_options(Arguments& args, EndingOptions& options) {
  args.add("--stop", &options.stops, "End a text before this one comes up; may be repeated")
      .one_at_a_time()
      .type("TEXT")
      .group("Sampling");
  args.add_flag("--ignore-eos", options.ignore_eos, "Go on where a language model ends the text")
      .group("Sampling");
}

Endings endings_of(const EndingOptions& options, Media media) {
  if (std::ranges::find(options.stops, "") != options.stops.end()) {
    throw usage_error("--stop: is empty; it must be some text");
  }
  return {options.stops, media == Media::kText && !options.ignore_eos};
}

}  // namespace zipdream
