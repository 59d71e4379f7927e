// SPDX-License-Identifier: Apache-2.0
// All models by spec: the codecs (codecs/registry.h) by their laws, and those listed here, which
// predict without being codecs. The other way, `arith:MODEL` is a codec made of any model. A new
// model is its folder, its factory in factories.h and its row in registry.cc; contract suites and
// `zipdream list` pick it up.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "codecs/codec.h"
#include "generator/arithmetic_codec.h"
#include "generator/dream/dreamer.h"
#include "generator/predictor.h"
#include "generator/registry.h"
#include "generator/search/scorer.h"

namespace zipdream {

struct ModelInfo {
  std::string_view name;             // "ppm"
  std::string_view summary;          // one line for `zipdream list`
  std::string_view options;          // what may stand after the colon, for people: "2-16"
  std::string_view default_options;  // what "name" alone means: "6"; "" if nothing has to follow
  // Whether the name alone is a model.
  [[nodiscard]] bool stands_alone() const { return options.empty() || !default_options.empty(); }

  // Throws a usage Error for bad options.
  std::unique_ptr<Predictor> (*make)(std::string_view options, PredictorOptions predictor_options);
};

// The models that are no codecs, in the order in which they are listed, and arith. Valid for the
// life of the program.
[[nodiscard]] std::span<const ModelInfo> model_list();

// The predictor that a spec names: a model of model_list(), or a codec by make_predictor().
// Throws a usage Error that names the nearest one when there is none of that name, or when the
// options are wrong.
[[nodiscard]] std::unique_ptr<Predictor> make_model(std::string_view spec,
                                                    PredictorOptions options);

// The codec that a spec names: one of codecs/registry.h, "arith:MODEL", which tells on_coded how
// far it is, or one of these behind a forecast, "residual:KIND:CODEC". Throws a usage Error as
// make_model() does.
[[nodiscard]] std::unique_ptr<Codec> make_compressor(std::string_view spec, OnCoded on_coded = {});

// Whether make_compressor() knows that name; make_model() knows all of these and more.
[[nodiscard]] bool is_compressor(std::string_view spec);

// What a search ranks by: of a codec's length law its lengths, of any other model its
// probabilities. The tail in the options is not regarded. Throws as make_model() does.
[[nodiscard]] std::unique_ptr<Scorer> make_model_scorer(std::string_view spec,
                                                        PredictorOptions options);

// What dreams for a spec: of a codec its own decoder (generator/dream/registry.h), of any other
// model an arithmetic decoder; of arith:MODEL that of the model. Throws as make_model() does, and a
// usage Error for a codec that can't dream.
[[nodiscard]] std::unique_ptr<Dreamer> make_model_dreamer(std::string_view spec);

// Whether make_model(spec, options) compresses what it has seen again and again for each symbol: a
// codec by its length law does. Throws as make_model() does for the options of the law.
[[nodiscard]] bool measures_streams(std::string_view spec, const PredictorOptions& options);

// Where the probabilities of make_model(spec, options) come from, for people: "tables", "lengths in
// bits", "lengths in bytes", or "what it has learnt" for the models that are no codecs. Throws as
// make_model() does for the options of the law.
[[nodiscard]] std::string law_name(std::string_view spec, const PredictorOptions& options);

}  // namespace zipdream
