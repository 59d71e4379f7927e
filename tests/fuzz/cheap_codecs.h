// SPDX-License-Identifier: Apache-2.0
// Codecs for fuzz targets, which run them many thousand times.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/codecs/names.h"
#include "zipdream/registry.h"

namespace zipdream {

// Every codec that is listed, in that order.
[[nodiscard]] inline std::vector<std::unique_ptr<Codec>> cheap_codecs() {
  std::vector<std::unique_ptr<Codec>> made;
  for (const std::string& name : codec_names()) made.push_back(make_codec(cheap_spec(name)));
  return made;
}

}  // namespace zipdream
