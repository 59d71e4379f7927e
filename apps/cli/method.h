// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on: --method and the options of each method.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "apps/cli/common_options.h"
#include "generator/fit_temperature.h"
#include "generator/method.h"
#include "generator/sampler.h"
#include "generator/search/beam.h"
#include "generator/search/spans.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

enum class MethodKind { kSample, kBeam, kSpans, kDream };

struct MethodOptions {
  MethodKind kind = MethodKind::kSample;
  std::optional<std::size_t> horizon;     // of beams
  std::optional<std::size_t> beam_width;  // of beams
  std::optional<std::size_t> span;        // of spans
  std::optional<std::size_t> key;         // of spans
  std::size_t max_copy = 0;               // 0: no limit
};

void add_method_options(CLI::App& app, MethodOptions& options);

[[nodiscard]] std::string method_name(MethodKind kind);

// Throws a usage Error for options that the method doesn't have, or that don't fit each other.
void check_method(const MethodOptions& options, const ModelOptions& model,
                  const SamplingOptions& sampling);

// Whether a sequence may turn out to have no continuation.
[[nodiscard]] bool may_fail(const MethodOptions& options);

// The method's own, with defaults in place.
[[nodiscard]] BeamOptions beam_options(const MethodOptions& options,
                                       const SamplerOptions& sampler = {});
[[nodiscard]] SpanOptions span_options(const MethodOptions& options,
                                       const SamplerOptions& sampler = {});

struct LoadedMethod {
  std::unique_ptr<Method> method;     // primed with the corpus; it has seen nothing of the job
  SamplerOptions sampler;             // what it samples with
  std::optional<TemperatureFit> fit;  // if the temperature was to be fitted
};

// `corpus` is all of it. REQUIRES: check_method() passes.
[[nodiscard]] LoadedMethod load_method(const MethodOptions& options, const ModelOptions& model,
                                       const SamplingOptions& sampling, Bytes corpus,
                                       const MediaJob& job);

}  // namespace zipdream
