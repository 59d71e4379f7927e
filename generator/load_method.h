// SPDX-License-Identifier: Apache-2.0
// From a ModelRequest and a MethodRequest to a Method that continues sequences.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "generator/method.h"
#include "generator/search/beam.h"
#include "generator/search/spans.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"

namespace zipdream {

// "sample", "beam", "spans" or "dream".
[[nodiscard]] std::string_view name_of(MethodKind kind);

// Throws a usage Error for options that the method doesn't have, or that don't fit each other.
void check_method(const MethodRequest& method, const ModelRequest& model);

// The method's own options, with defaults in place.
[[nodiscard]] BeamOptions beam_options(const MethodRequest& method);
[[nodiscard]] SpanOptions span_options(const MethodRequest& method);

struct LoadedMethod {
  std::unique_ptr<Method> method;     // primed with the corpus; it has seen nothing of the job
  SamplerOptions sampler;             // what it samples with
  std::optional<TemperatureFit> fit;  // if the temperature was to be fitted
  Spec spec;                          // the model, with what the job tells
  std::string description;            // how its predictor comes to its numbers; "" if there is none
  bool may_fail = false;              // whether a sequence may turn out to have no continuation
};

// REQUIRES: check_method() passes.
[[nodiscard]] LoadedMethod load_method(const MethodRequest& method, const ModelRequest& model,
                                       const MediaJob& job);

// A temperature from the text itself: the one at which a distribution, made flatter or sharper by
// it, would have predicted the end of the prompt best. A model that is too sure of itself gets one
// above 1, one that spreads itself too thin one below.

// Bytes that the model sees, and those after them that are to be predicted.
struct Example {
  ByteView context;
  ByteView predicted;
};

// The least mean of -log2 P over all predicted bytes that are symbols, each by a clone of `start`
// after what stands before it. It costs one distribution for each,and is deterministic. Throws a
// usage Error when fewer than 16 can be predicted, and Interrupted.
[[nodiscard]] TemperatureFit fit_temperature(const Predictor& start,
                                             std::span<const Example> examples);

}  // namespace zipdream
