// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/registry.h"

#include <algorithm>

#include "generator/laws/factories.h"

namespace zipdream {

std::span<const TablesLawInfo> tables_law_list() {
  static const std::span<const TablesLawInfo> kLaws;
  return kLaws;
}

const TablesLawInfo* find_tables_law(std::string_view codec) {
  const auto laws = tables_law_list();
  const auto found = std::ranges::find(laws, codec, &TablesLawInfo::codec);
  return found == laws.end() ? nullptr : &*found;
}

}  // namespace zipdream
