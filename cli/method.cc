// SPDX-License-Identifier: Apache-2.0
#include "cli/method.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "base/error.h"
#include "cli/choice.h"
#include "cli/load.h"
#include "generator/sampling.h"

namespace zipdream {
namespace {

const std::map<std::string, MethodKind> kMethods = {{"sample", MethodKind::kSample},
                                                    {"dream", MethodKind::kDream}};

// What shapes a distribution can't shape a dream, in which nobody sees one.
void check_dream(const ModelOptions& model, const SamplerOptions& sampler) {
  const auto refuse = [](const char* option) {
    return usage_error(
        std::string(option) +
        ": a dream takes what the decoder gives; leave it out, or take --method sample");
  };
  const SamplerOptions plain;
  if (sampler.temperature != plain.temperature) throw refuse("--temp");
  if (sampler.top_k != plain.top_k) throw refuse("--top-k");
  if (sampler.top_p != plain.top_p) throw refuse("--top-p");
  if (sampler.min_p != plain.min_p) throw refuse("--min-p");
  if (model.alphabet != ModelOptions().alphabet) throw refuse("--alphabet");
  if (model.law == LawKind::kLength) throw refuse("--law length");
  if (model.units) throw refuse("--units");
}

}  // namespace

void add_method_options(CLI::App& app, MethodOptions& options) {
  add_choice(
      app, "--method", options.kind, kMethods,
      "sample: choose symbol after symbol; dream: feed random bits to the codec's own decoder "
      "[sample]")
      ->group("Method");
}

const char* method_name(MethodKind kind) {
  switch (kind) {
    case MethodKind::kSample:
      break;
    case MethodKind::kDream:
      return "dream";
  }
  return "sample";
}

std::unique_ptr<Method> load_method(const MethodOptions& options, const ModelOptions& model,
                                    const SamplerOptions& sampler, const PromptOptions& prompt,
                                    const MediaJob& job) {
  switch (options.kind) {
    case MethodKind::kSample:
      break;
    case MethodKind::kDream:
      check_dream(model, sampler);
      return load_dream(model, prompt, job);
  }
  return make_sampling(load_model(model, prompt, job), sampler);
}

}  // namespace zipdream
