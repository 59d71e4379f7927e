// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/byte_level.h"

#include <array>
#include <unordered_map>

#include "models/tokenizers/unicode.h"

namespace zipdream {
namespace {

constexpr char32_t kFirstStandIn = 0x100;

bool stands_for_itself(char32_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteAlphabet {
  std::array<std::string, 256> letters;
  std::unordered_map<char32_t, char> bytes;
};

ByteAlphabet make_alphabet() {
  ByteAlphabet alphabet;
  char32_t stand_in = kFirstStandIn;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const char32_t letter = stands_for_itself(byte) ? byte : stand_in++;
    alphabet.letters[byte] = utf8(letter);
    alphabet.bytes.emplace(letter, static_cast<char>(byte));
  }
  return alphabet;
}

const ByteAlphabet& byte_alphabet() {
  static const ByteAlphabet alphabet = make_alphabet();
  return alphabet;
}

}  // namespace

std::string to_byte_level(std::string_view bytes) {
  std::string name;
  for (const char byte : bytes) name += byte_alphabet().letters[static_cast<Byte>(byte)];
  return name;
}

std::optional<std::string> from_byte_level(std::string_view name) {
  std::string bytes;
  for (std::size_t at = 0; at < name.size();) {
    const Char next = char_at(as_bytes(name), at);
    const auto found = byte_alphabet().bytes.find(next.code);
    if (found == byte_alphabet().bytes.end()) return std::nullopt;
    bytes += found->second;
    at += next.length;
  }
  return bytes;
}

}  // namespace zipdream
