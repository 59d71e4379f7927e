// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>

#include "zipdream/error.h"
#include "base/files.h"
#include "apps/cli/choice.h"
#include "apps/cli/method.h"

namespace zipdream {
namespace {

const std::map<std::string, MethodKind> kMethods = {{"sample", MethodKind::kSample},
                                                    {"beam", MethodKind::kBeam},
                                                    {"spans", MethodKind::kSpans},
                                                    {"dream", MethodKind::kDream}};

// What shapes a distribution can't shape a dream, in which nobody sees one.
void check_dream(const MethodOptions& options, const ModelOptions& model,
                 const SamplingOptions& sampling) {
  const auto refuse = [](const char* option) {
    return usage_error(
        std::string(option) +
        ": a dream takes what the decoder gives; leave it out, or take --method sample");
  };
  const SamplerOptions plain;
  const SamplerOptions& sampler = sampling.sampler;
  if (sampling.fit_temperature || sampler.temperature != plain.temperature) throw refuse("--temp");
  if (sampler.top_k != plain.top_k) throw refuse("--top-k");
  if (sampler.top_p != plain.top_p) throw refuse("--top-p");
  if (sampler.min_p != plain.min_p) throw refuse("--min-p");
  if (options.max_copy > 0) throw refuse("--max-copy");
  if (model.alphabet) throw refuse("--alphabet");
  if (model.probs == Probs::kLengths) throw refuse("--probs lengths");
  if (model.units) throw refuse("--units");
}

}  // namespace

void add_method_options(CLI::App& app, MethodOptions& options) {
  add_choice(app, "--method", options.kind, kMethods,
             "sample: choose symbol after symbol; beam: plan ahead for what costs the fewest bits; "
             "spans: choose among what follows in the corpus; dream: feed random bits to the "
             "codec's own decoder [sample]")
      ->group("Method");
  const auto add_size = [&app](const char* name, auto& target, std::size_t low, std::size_t high,
                               const char* help) {
    return app.add_option(name, target, help)
        ->check(CLI::Range(low, high).description(""))
        ->type_name("N")
        ->group("Method");
  };
  constexpr std::size_t kMost = std::size_t{1} << 16;
  add_size("--horizon", options.horizon, 1, kMost, "beam: plan N bytes ahead, take them all [24]");
  add_size("--beam-width", options.beam_width, 1, kMost, "beam: keep the N best beginnings [32]");
  add_size("--span-len", options.span, 1, kMost, "spans: take N bytes at once [8]");
  add_size("--match-length", options.key, 1, kMost, "spans: look for the last N bytes, then for fewer [8]");
  add_size("--max-copy", options.max_copy, 0, kMaxInputBytes,
           "Never repeat more than N bytes in a row of corpus, prompt and output; 0: no limit")
      ->capture_default_str();
}

std::string method_name(MethodKind kind) {
  return std::ranges::find(kMethods, kind, [](const auto& method) { return method.second; })->first;
}

void check_method(const MethodOptions& options, const ModelOptions& model,
                  const SamplingOptions& sampling) {
  const auto check = [&](bool given, const char* option, MethodKind kind) {
    if (!given || options.kind == kind) return;
    throw usage_error(fmt::format("{}: is for --method {}", option, method_name(kind)));
  };
  check(options.horizon.has_value(), "--horizon", MethodKind::kBeam);
  check(options.beam_width.has_value(), "--beam-width", MethodKind::kBeam);
  check(options.span.has_value(), "--span-len", MethodKind::kSpans);
  check(options.key.has_value(), "--match-length", MethodKind::kSpans);
  check_sampler(sampling.sampler);
  if (options.kind == MethodKind::kDream) check_dream(options, model, sampling);
  const std::size_t span = options.span.value_or(SpanOptions().span);
  if (options.kind == MethodKind::kSpans && options.max_copy > 0 && options.max_copy < span) {
    throw usage_error(
        fmt::format("--max-copy {}: no span of {} bytes could be taken; raise it, or "
                    "lower --span-len",
                    options.max_copy, span));
  }
}

bool may_fail(const MethodOptions& options) {
  return options.max_copy > 0 || options.kind == MethodKind::kDream;
}

BeamOptions beam_options(const MethodOptions& options, const SamplerOptions& sampler) {
  BeamOptions beams{.sampler = sampler};
  beams.horizon = options.horizon.value_or(beams.horizon);
  beams.width = options.beam_width.value_or(beams.width);
  return beams;
}

SpanOptions span_options(const MethodOptions& options, const SamplerOptions& sampler) {
  SpanOptions spans{.sampler = sampler};
  spans.span = options.span.value_or(spans.span);
  spans.key = options.key.value_or(spans.key);
  return spans;
}

}  // namespace zipdream
