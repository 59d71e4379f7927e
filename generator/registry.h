// SPDX-License-Identifier: Apache-2.0
// Predictors by spec string. Every codec is one, by one or two laws (byte_law.h).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "codecs/codec.h"
#include "generator/byte_predictor.h"
#include "generator/predictor.h"

namespace zipdream {

enum class LawKind { kLength, kTables };

struct PredictorOptions {
  std::optional<LawKind> law;  // of a codec; not given: tables where there is one and no units are
  std::optional<Units> units;  // of the length law; not given: bits
  BytePredictorOptions bytes;
};

// Whether the codec of this spec has a tables law. REQUIRES: the spec is one of a codec. Throws a
// usage Error for wrong options.
[[nodiscard]] bool has_tables(std::string_view spec);

// The law that a codec follows when asked with these options. Throws a usage Error when it lacks
// the one asked for, or when units are given for tables.
[[nodiscard]] LawKind chosen_law(std::string_view spec, const PredictorOptions& options);

// Throws a usage Error when the spec names nothing (codecs/registry.h), or as chosen_law() does.
[[nodiscard]] std::unique_ptr<Predictor> make_predictor(std::string_view spec,
                                                        PredictorOptions options);

}  // namespace zipdream
