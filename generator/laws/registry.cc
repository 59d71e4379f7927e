// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/registry.h"

#include <algorithm>
#include <array>

#include "generator/laws/factories.h"

namespace zipdream {
namespace {

// clang-format off
constexpr auto kLaws = std::to_array<TablesLawInfo>({
  {"gzip",    "all parses, by how often symbols are used",                    make_gzip_law},
  {"zlib",    "as gzip",                                                      make_zlib_law},
  {"deflate", "as gzip",                                                      make_deflate_law},
  {"bzip2",   "its codes for one more byte in the sorted column",             make_bzip2_law},
  {"xz",      "all parses, by means of the coder's decisions",                make_xz_law},
  {"lzma",    "as xz",                                                        make_lzma_law},
  {"zstd",    "all parses of the last match, by how often codes are used",    make_zstd_law},
  {"png",     "Huffman codes of its last filtered rows",                      make_png_law},
  {"flac",    "linear predictors and Rice codes of its last frames",          make_flac_law},
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
