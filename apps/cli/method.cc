// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/method.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/files.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

const std::map<std::string, MethodKind> kMethods = {{"sample", MethodKind::kSample},
                                                    {"beam", MethodKind::kBeam},
                                                    {"spans", MethodKind::kSpans},
                                                    {"dream", MethodKind::kDream}};

}  // namespace

void add_method_options(Arguments& args, MethodOptions& options) {
  args.add_choice(
          "--method", options.kind, kMethods,
          "sample: choose symbol after symbol; beam: plan ahead for what costs the fewest bits; "
          "spans: choose among what follows in the corpus; dream: feed random bits to the "
          "codec's own decoder [sample]")
      .group("Method");
  const auto add_size = [&args](const char* name, auto& target, std::size_t low, std::size_t high,
                                const char* help) {
    return args.add(name, &target, help).range(low, high).type("N").group("Method");
  };
  constexpr std::size_t kMost = std::size_t{1} << 16;
  add_size("--horizon", options.horizon, 1, kMost, "beam: plan N bytes ahead, take them all [24]");
  add_size("--beam-width", options.beam_width, 1, kMost, "beam: keep the N best beginnings [32]");
  add_size("--span-len", options.span, 1, kMost, "spans: take N bytes at once [8]");
  add_size("--match-length", options.match_length, 1, kMost,
           "spans: look for the last N bytes, then for fewer [8]");
  add_size("--best-of", options.best_of, 1, 1000,
           "sample: draw N continuations and take the one that the model finds likeliest")
      .shows_default();
  add_size("--max-copy", options.max_copy, 0, kMaxInputBytes,
           "Never repeat more than N bytes in a row of corpus, prompt and output; 0: no limit")
      .shows_default();
}

void add_healing_option(Arguments& args, MethodOptions& options) {
  args.add_flag("--no-heal", options.heal,
                "Take the end of the prompt as the tokens that it is cut into, though it may end "
                "within one that a language model knows",
                false)
      .group("Sampling");
}

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
