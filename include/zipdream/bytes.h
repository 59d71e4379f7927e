// SPDX-License-Identifier: Apache-2.0
// Byte strings, and what a file of them holds. Views go in, owned values come out; a ByteView is
// valid only while what it views lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace zipdream {

using Byte = std::uint8_t;
using ByteView = std::span<const Byte>;
using Bytes = std::vector<Byte>;

// The same memory seen as bytes or as characters; no decoding takes place.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_chars(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

// One after the other.
[[nodiscard]] inline Bytes joined(std::span<const Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Fills `buffer` with what comes next and returns how much that was: less than its size only at the
// end. Throws Error when reading fails.
using ByteSource = std::function<std::size_t(std::span<Byte> buffer)>;

// Takes all of the bytes. Throws Error when it can't.
using ByteSink = std::function<void(ByteView bytes)>;

// What a file holds.
enum class Media {
  kText,  // any bytes, as they are
  kImage,
  kAudio,
};

}  // namespace zipdream
