// SPDX-License-Identifier: Apache-2.0
#include "cli/method.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "cli/choice.h"
#include "cli/load.h"
#include "generator/sampling.h"

namespace zipdream {
namespace {

const std::map<std::string, MethodKind> kMethods = {{"sample", MethodKind::kSample}};

}  // namespace

void add_method_options(CLI::App& app, MethodOptions& options) {
  add_choice(app, "--method", options.kind, kMethods, "sample: choose symbol after symbol [sample]")
      ->group("Method");
}

const char* method_name(MethodKind kind) {
  switch (kind) {
    case MethodKind::kSample:
      break;
  }
  return "sample";
}

std::unique_ptr<Method> load_method(const MethodOptions& options, const ModelOptions& model,
                                    const SamplerOptions& sampler, const PromptOptions& prompt,
                                    const MediaJob& job) {
  switch (options.kind) {
    case MethodKind::kSample:
      break;
  }
  return make_sampling(load_model(model, prompt, job), sampler);
}

}  // namespace zipdream
