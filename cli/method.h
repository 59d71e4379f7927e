// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on: --method and the options of each method.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "cli/common_options.h"
#include "generator/method.h"
#include "generator/sampler.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

enum class MethodKind { kSample, kBeam, kSpans };

struct MethodOptions {
  MethodKind kind = MethodKind::kSample;
  std::optional<std::size_t> horizon;
  std::optional<std::size_t> beam_width;
  std::optional<std::size_t> span_len;
  std::optional<std::size_t> key;
  std::size_t max_copy = 0;  // 0: no limit
};

void add_method_options(CLI::App& app, MethodOptions& options);

// Throws a usage Error for an option that is another method's.
void check_method(const MethodOptions& options);

[[nodiscard]] std::string method_name(MethodKind kind);

// The method that the options describe, primed with the corpus; it has seen nothing of the job.
[[nodiscard]] std::unique_ptr<Method> load_method(const MethodOptions& options, ModelOptions model,
                                                  const SamplerOptions& sampler,
                                                  const PromptOptions& prompt, const MediaJob& job);

}  // namespace zipdream
