// SPDX-License-Identifier: Apache-2.0
// The tables laws by codec. Where the length law asks how long a stream would get, a tables law
// reads the tables that the codec's coder has at the end of the context: they give a probability to
// every literal and every match, and summing over all ways to parse the last bytes gives that of
// every next byte at once. A new one is one file in this folder, its factory in factories.h and its
// row in registry.cc; contract suites pick it up.
//
// brotli has none: which of its many codes is in force at the end of a context follows from the
// block types there and the last two bytes, so all block switches and context maps have to be read,
// and with them all symbols of the stream. That is a decoder of our own, where every other law here
// reads some tables or follows an encoder that we have.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "generator/byte_law.h"

namespace zipdream {

struct TablesLawInfo {
  std::string_view codec;    // "gzip", a name in codecs/registry.h
  std::string_view summary;  // what is read out, one line
  // Throws a usage Error for options that the codec would refuse.
  std::unique_ptr<ByteLaw> (*make)(std::string_view options);
};

// In the order of codec_list(). Valid for the life of the program.
[[nodiscard]] std::span<const TablesLawInfo> tables_law_list();

// Null when there is none for that codec, whatever its options.
[[nodiscard]] const TablesLawInfo* find_tables_law(std::string_view codec);

}  // namespace zipdream
