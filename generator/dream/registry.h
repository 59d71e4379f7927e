// SPDX-License-Identifier: Apache-2.0
// Dreamers by codec, and for the codecs that have none the reason. A new one is one file in this
// folder, its factory in factories.h and its row in registry.cc; contract suites pick it up.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "generator/dream/dreamer.h"

namespace zipdream {

struct DreamerInfo {
  std::string_view codec;  // a name in codecs/registry.h
  // Throws a usage Error for options that the codec would refuse. Null: it can't dream.
  std::unique_ptr<Dreamer> (*make)(std::string_view options);
  std::string_view why_not;  // for people, when make is null
};

// A row for every codec, in the order of codec_list(). Valid for the life of the program.
[[nodiscard]] std::span<const DreamerInfo> dreamer_list();

// The dreamer of the codec that `spec` names. Throws a usage Error when there is no such codec, its
// options are wrong, or it can't dream.
[[nodiscard]] std::unique_ptr<Dreamer> make_dreamer(std::string_view spec);

}  // namespace zipdream
