// SPDX-License-Identifier: Apache-2.0
// The files of the playground, compiled into the program; what it shares with the pages of
// `compare` is in experiments/report/page.
#pragma once

#include <string_view>

namespace zipdream {

extern const std::string_view kPlaygroundHtml;
extern const std::string_view kPlaygroundScript;
extern const std::string_view kPlaygroundStyle;

// Pictures and a sound to try.
extern const std::string_view kRockPng;
extern const std::string_view kShapesPng;
extern const std::string_view kSoundWav;

}  // namespace zipdream
