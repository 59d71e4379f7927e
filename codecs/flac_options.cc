// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "codecs/spec.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "flac";
constexpr LevelRange kLevels{.min = 0, .max = 8, .fallback = 8};

}  // namespace

FlacOptions parse_flac_options(std::string_view options) {
  FlacOptions result;
  std::string_view rest = options;
  const auto take_word = [&rest] {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    return word;
  };
  if (options.substr(0, options.find(',')).find('=') == std::string_view::npos) {
    result.level = parse_level(kName, take_word(), kLevels);
  }
  while (!rest.empty()) {
    const std::string_view word = take_word();
    if (word == "format=u8" || word == "format=s16") {
      result.format = word == "format=u8" ? SampleFormat::kU8 : SampleFormat::kS16;
    } else if (word == "channels=1" || word == "channels=2") {
      result.channels = word == "channels=1" ? 1 : 2;
    } else {
      throw usage_error(
          fmt::format("{0}:{1}: '{2}' is not format=u8, format=s16, channels=1 or channels=2; try "
                      "{0}:8,format=s16",
                      kName, options, word));
    }
  }
  return result;
}

std::string flac_spec(const FlacOptions& options) {
  std::string spec = fmt::format("{}:{}", kName, options.level);
  if (options.format == SampleFormat::kS16) spec += ",format=s16";
  if (options.channels == 2) spec += ",channels=2";
  return spec;
}

}  // namespace zipdream
