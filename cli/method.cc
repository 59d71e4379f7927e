// SPDX-License-Identifier: Apache-2.0
#include "cli/method.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "cli/choice.h"
#include "cli/load.h"
#include "generator/sampling.h"
#include "generator/search/beam.h"
#include "generator/search/spans.h"

namespace zipdream {
namespace {

const std::map<std::string, MethodKind> kMethods = {{"sample", MethodKind::kSample},
                                                    {"beam", MethodKind::kBeam},{"spans", MethodKind::kSpans}};

// Of a search after a corpus: what went before is hidden, for what lies near is the cheapest to
// copy, and the text would go round in circles.
constexpr std::size_t kSearchTail = 80;

void fill_defaults_of_search(ModelOptions& model, const MediaJob& job) {
  if (!model.alphabet) model.alphabet = "seen";
  if (!model.tail && !model.corpus.empty() && job.media() == Media::kText) model.tail = kSearchTail;
}

}  // namespace

void add_method_options(CLI::App& app, MethodOptions& options) {
  add_choice(app, "--method", options.kind, kMethods,
             "sample: choose symbol after symbol; beam: plan ahead for what costs the fewest bits "
             "[sample]")
      ->group("Method");
  const auto size = [](std::size_t low, std::size_t high) {
    return CLI::Range(low, high).description("");
  };
  app.add_option("--horizon", options.horizon, "beam: plan N bytes ahead and take them all [24]")
      ->check(size(1, 1 << 16))
      ->type_name("N")
      ->group("Method");
  app.add_option("--beam-width", options.beam_width, "beam: keep the N best beginnings [32]")
      ->check(size(1, 1 << 16))
      ->type_name("N")
      ->group("Method");
  app.add_option(
         "--max-copy", options.max_copy,
         "Never repeat more than N bytes in a row of corpus, prompt and output; 0: no limit")
      ->check(size(0, kMaxInputBytes))
      ->type_name("N")
      ->capture_default_str()
      ->group("Method");
}

void check_method(const MethodOptions& options) {
  const bool beam = options.kind == MethodKind::kBeam;
  if (options.horizon && !beam) throw usage_error("--horizon: is for --method beam");
  if (options.beam_width && !beam) throw usage_error("--beam-width: is for --method beam");
}

std::string method_name(MethodKind kind) {
  for (const auto& [name, named] : kMethods) {
    if (named == kind) return name;
  }
  return {};
}

std::unique_ptr<Method> load_method(const MethodOptions& options, ModelOptions model,
                                    const SamplerOptions& sampler, const PromptOptions& prompt,
                                    const MediaJob& job) {
  Bytes corpus = load_corpus(model, prompt, job);
  std::optional<CopyLimit> limit;
  if (options.max_copy > 0) {
    limit.emplace(options.max_copy);
    limit->append(corpus);
  }
  if (options.kind != MethodKind::kSample) fill_defaults_of_search(model, job);
  PredictorOptions law = predictor_options(model, std::move(corpus), job);
  if (options.kind == MethodKind::kSample) {
    return make_sampling(make_predictor(model.spec, std::move(law)), sampler, std::move(limit));
  }
  const std::size_t tail = law.bytes.tail;
  if (options.kind == MethodKind::kSpans) {
    Bytes words = law.bytes.corpus;
    return make_span_search({make_scorer(model.spec, std::move(law)), tail, std::move(limit)}, std::move(words), {.span = options.span_len.value_or(8), .key=options.key.value_or(8), .sampler=sampler});
  }
  const BeamOptions defaults;
  return make_beam_search({make_scorer(model.spec, std::move(law)), tail, std::move(limit)},
                          {.horizon = options.horizon.value_or(defaults.horizon),
                           .width = options.beam_width.value_or(defaults.width),
                           .sampler = sampler});
}

}  // namespace zipdream
