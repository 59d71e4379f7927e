// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/registry.h"

#include <algorithm>
#include <array>

#include "generator/laws/factories.h"

namespace zipdream {

namespace {

// clang-format off
constexpr auto kLaws = std::to_array<TablesLawInfo>({
  // name      summary                                      make
  {"gzip",    "all parses, by how often symbols are used", make_gzip_law},
  {"zlib",    "as gzip",                                   make_zlib_law},
  {"deflate", "as gzip",                                   make_deflate_law},
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
