// SPDX-License-Identifier: Apache-2.0
#include "archive/header_spec.h"

#include <string_view>

namespace zipdream {
namespace {

constexpr std::string_view kCm = "cm";
constexpr std::string_view kLevel = "level";
constexpr std::string_view kFirstLevel = "0";

void name_first_cm(Spec& spec) {
  if (spec.name() == kCm && !spec.has(kLevel)) spec.set(kLevel, std::string(kFirstLevel));
  for (Spec& inner : spec.inner()) name_first_cm(inner);
}

}  // namespace

Spec parse_header_spec(const std::string& written) {
  Spec spec = Spec::parse(written);
  name_first_cm(spec);
  return spec;
}

std::string header_spelling(const std::string& canonical) {
  constexpr std::string_view kNamed = ":cm:0";
  if (!canonical.ends_with(kNamed)) return canonical;
  return canonical.substr(0, canonical.size() - 2);
}

}  // namespace zipdream
