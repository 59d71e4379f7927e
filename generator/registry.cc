// SPDX-License-Identifier: Apache-2.0
#include "generator/registry.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "codecs/registry.h"
#include "codecs/spec.h"
#include "generator/laws/registry.h"
#include "generator/length_law.h"

namespace zipdream {
namespace {

std::string codecs_with_tables() {
  std::string names;
  for (const TablesLawInfo& law : tables_law_list()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", law.codec);
  }
  return names;
}

}  // namespace

bool has_tables(std::string_view spec) { return find_tables_law(split_spec(spec).name) != nullptr; }

LawKind chosen_law(std::string_view spec, const PredictorOptions& options) {
  if (options.law != LawKind::kTables) {
    const bool tables = !options.law && !options.units && has_tables(spec);
    return tables ? LawKind::kTables : LawKind::kLength;
  }
  if (options.units) {
    throw usage_error("--units: are those of the length law; leave it out or say --law length");
  }
  if (!has_tables(spec)) {
    throw usage_error(fmt::format("--law tables: {} has none; say --law length, or take one of {}",
                                  spec, codecs_with_tables()));
  }
  return LawKind::kTables;
}

std::unique_ptr<Predictor> make_predictor(std::string_view spec, PredictorOptions options) {
  std::unique_ptr<Codec> codec = make_codec(spec);
  if (chosen_law(spec, options) == LawKind::kLength) {
    return make_byte_predictor(
        make_length_law(std::move(codec), options.units.value_or(Units::kBits)),
        std::move(options.bytes));
  }
  const Spec parts = split_spec(spec);
  return make_byte_predictor(find_tables_law(parts.name)->make(parts.options),
                             std::move(options.bytes));
}

}  // namespace zipdream
