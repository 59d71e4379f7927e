// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on: --method and the options of each method.
#pragma once

#include <memory>

#include "cli/common_options.h"
#include "generator/method.h"
#include "generator/sampler.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

enum class MethodKind { kSample, kDream };

struct MethodOptions {
  MethodKind kind = MethodKind::kSample;
};

void add_method_options(CLI::App& app, MethodOptions& options);

[[nodiscard]] const char* method_name(MethodKind kind);

// The method that the options describe, primed with the corpus; it has seen nothing of the job.
// Sets the number of threads.
[[nodiscard]] std::unique_ptr<Method> load_method(const MethodOptions& options,
                                                  const ModelOptions& model,
                                                  const SamplerOptions& sampler,
                                                  const PromptOptions& prompt, const MediaJob& job);

}  // namespace zipdream
