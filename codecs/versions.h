// SPDX-License-Identifier: Apache-2.0
// The libraries behind the codecs: another version may give other lengths.
#pragma once

#include <string>
#include <vector>

namespace zipdream {

struct LibraryVersion {
  std::string library;  // "zlib"
  std::string version;  // "1.2.13"
};

// Of the libraries that the program runs with, in the order of codecs/registry.h.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace zipdream
