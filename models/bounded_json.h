// SPDX-License-Identifier: Apache-2.0
// JSON from files of others, parsed within bounds: text as large as the caller lets in, values
// nested no deeper than kMaxJsonDepth, and one-line Errors. A template, so that this header needs
// none of a library's: include <nlohmann/json.hpp> in the .cc and name nlohmann::json.
#pragma once

#include <string>
#include <string_view>

#include "base/file_format.h"
#include "zipdream/error.h"

namespace zipdream {

inline constexpr int kMaxJsonDepth = 64;

// `where` begins the Error's text.
template <typename Json>
[[nodiscard]] Json parse_bounded_json(std::string_view text, const std::string& where) {
  refuse_pointer(as_bytes(text), where);
  const auto shallow = [&where](int depth, typename Json::parse_event_t, const Json&) {
    if (depth > kMaxJsonDepth) throw Error(where + ": JSON nested too deep; is the file damaged?");
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const typename Json::parse_error& e) {
    throw Error(where + ": not valid JSON at byte " + std::to_string(e.byte) +
                "; is the file whole?");
  } catch (const typename Json::out_of_range&) {
    throw Error(where + ": JSON with a number that is out of range; is the file damaged?");
  }
}

}  // namespace zipdream
