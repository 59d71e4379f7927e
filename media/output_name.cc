// SPDX-License-Identifier: Apache-2.0
#include "media/output_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "zipdream/error.h"

namespace zipdream {

std::string ending_of(std::string_view path, std::initializer_list<std::string_view> allowed,
                      std::string_view what) {
  std::string ending = std::filesystem::path(path).extension().string();
  if (path == "-" || ending.empty()) return std::string(*allowed.begin());
  ending.erase(0, 1);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(allowed.begin(), allowed.end(), ending) != allowed.end()) return ending;
  throw usage_error(fmt::format("{}: {} is written as .{}; change the ending", path, what,
                                fmt::join(allowed, " or .")));
}

}  // namespace zipdream
