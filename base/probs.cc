// SPDX-License-Identifier: Apache-2.0
#include "base/probs.h"

#include <fmt/format.h>

#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

Error has_no_tables(const Spec& spec) {
  const std::string others =
      names_of_codecs([](const ModelInfo& info) { return info.make_predictor != nullptr; });
  return Error::of_option("probs", "tables", fmt::format("{} has none", spec.text()),
                          fmt::format("take `probs` lengths, or one of {}", others));
}

}  // namespace

std::string names_of_codecs(bool (*has)(const ModelInfo& info)) {
  std::string names;
  for (const ModelInfo* info : model_list()) {
    if (!info->is_codec() || !has(*info)) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", info->name);
  }
  return names;
}

Probs chosen_probs(const Spec& spec, const PredictorOptions& options) {
  const bool has_tables = spec.info().make_predictor != nullptr;
  if (options.probs != Probs::kTables) {
    const bool tables = !options.probs && !options.units && has_tables;
    return tables ? Probs::kTables : Probs::kLengths;
  }
  if (options.units) {
    throw Error::of_option("units", "", "are those of lengths",
                           "leave them out or take the probabilities by lengths");
  }
  if (!has_tables) throw has_no_tables(spec);
  return Probs::kTables;
}

bool measures_streams(const Spec& spec, const PredictorOptions& options) {
  const ModelInfo& info = spec.info();
  if (info.inner == ModelInfo::Inner::kAfterName) return measures_streams(spec.inner()[0], {});
  if (info.inner != ModelInfo::Inner::kNone) return measures_streams(spec.inner()[0], options);
  return !info.learns() && chosen_probs(spec, options) == Probs::kLengths;
}

std::string probs_name(const Spec& spec, const PredictorOptions& options) {
  const ModelInfo& info = spec.info();
  if (info.inner == ModelInfo::Inner::kAfterOptions) return probs_name(spec.inner()[0], options);
  if (info.learns()) return "learned";
  if (chosen_probs(spec, options) == Probs::kTables) return "tables";
  return options.units == Units::kBytes ? "lengths in bytes" : "lengths in bits";
}

}  // namespace zipdream
