// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/registry.h"

#include <algorithm>
#include <array>

#include "generator/laws/factories.h"

namespace zipdream {
namespace {

// clang-format off
constexpr auto kLaws = std::to_array<TablesLawInfo>({
  {"bzip2", "its codes for one more byte in the sorted column", make_bzip2_law},
  {"zstd",  "its literals and matches, over all ways to parse", make_zstd_law},
});
// clang-format on

}  // namespace

std::span<const TablesLawInfo> tables_law_list() { return kLaws; }

const TablesLawInfo* find_tables_law(std::string_view codec) {
  const auto laws = tables_law_list();
  const auto found = std::ranges::find(laws, codec, &TablesLawInfo::codec);
  return found == laws.end() ? nullptr : &*found;
}

}  // namespace zipdream
