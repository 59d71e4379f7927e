// SPDX-License-Identifier: Apache-2.0
#include "media/image/webp_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "zipdream/error.h"

namespace zipdream {
namespace {

std::size_t number(ByteView bytes, bool is_big_endian) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value = value << 8 | bytes[is_big_endian ? i : bytes.size() - 1 - i];
  }
  return value;
}

std::size_t number_at(ByteView bytes, std::size_t at, std::size_t size) {
  return at + size > bytes.size() ? 0 : number(bytes.subspan(at, size), false);
}

// Name (4), size (4), data, padded to an even size.
struct Chunk {
  std::string_view name;
  ByteView data;  // as far as the file goes
};

// Takes the first chunk off.
std::optional<Chunk> take_chunk(ByteView& rest) {
  if (rest.size() < 8) return std::nullopt;
  const std::size_t size = number_at(rest, 4, 4);
  const ByteView data = rest.subspan(8, std::min(size, rest.size() - 8));
  const Chunk chunk{as_chars(rest).substr(0, 4), data};
  rest = rest.subspan(std::min(rest.size(), 8 + data.size() + size % 2));
  return chunk;
}

void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void append_size(Bytes& bytes, std::size_t size) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<Byte>(size >> (8 * i)));
}

// Without the frame's alpha, which is dropped anyway.
Bytes still_image(ByteView frame) {
  while (const auto chunk = take_chunk(frame)) {
    if (chunk->name != "VP8 " && chunk->name != "VP8L") continue;
    const bool is_padded = chunk->data.size() % 2 == 1;
    Bytes file = to_bytes("RIFF");
    append_size(file, 12 + chunk->data.size() + (is_padded ? 1 : 0));
    append(file, "WEBP");
    append(file, chunk->name);
    append_size(file, chunk->data.size());
    file.insert(file.end(), chunk->data.begin(), chunk->data.end());
    if (is_padded) file.push_back(0);
    return file;
  }
  return {};
}

// "II*\0" or "MM\0*", where the first directory is (4); there: how many entries (2), and each: tag
// (2), type (2), count (4), value (4). Some programs put "Exif\0\0" before it.
int orientation_of(ByteView exif) {
  constexpr std::size_t kOrientation = 0x112;
  if (as_chars(exif).starts_with("Exif"))
    exif = exif.subspan(std::min<std::size_t>(6, exif.size()));
  const bool is_big = as_chars(exif).starts_with("MM");
  if (exif.size() < 8 || (!is_big && !as_chars(exif).starts_with("II"))) return 1;
  std::size_t at = number(exif.subspan(4, 4), is_big);
  if (at > exif.size() - 2) return 1;
  const std::size_t count = number(exif.subspan(at, 2), is_big);
  at += 2;
  for (std::size_t i = 0; i < count && at + 12 <= exif.size(); ++i, at += 12) {
    if (number(exif.subspan(at, 2), is_big) != kOrientation) continue;
    const std::size_t value = number(exif.subspan(at + 8, 2), is_big);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

bool is_webp(ByteView file) {
  return file.size() >= 12 && as_chars(file).starts_with("RIFF") &&
         as_chars(file).substr(8, 4) == "WEBP";
}

WebpFile parse_webp(ByteView file) {
  constexpr std::size_t kAnimation = 2;
  const std::size_t size = number_at(file, 4, 4);
  if (size > file.size() - 8 + size % 2) {
    throw Error("truncated WebP file; get a complete copy of it");
  }
  WebpFile webp;
  bool is_animated = false;
  ByteView rest = file.subspan(12);
  while (const auto chunk = take_chunk(rest)) {
    if (chunk->name == "VP8X") {
      is_animated = (number_at(chunk->data, 0, 1) & kAnimation) != 0;
      webp.width = number_at(chunk->data, 4, 3) + 1;
      webp.height = number_at(chunk->data, 7, 3) + 1;
    } else if (chunk->name == "ANMF" && is_animated && webp.first_frame.empty()) {
      webp.x = 2 * number_at(chunk->data, 0, 3);
      webp.y = 2 * number_at(chunk->data, 3, 3);
      webp.first_frame =
          still_image(chunk->data.subspan(std::min<std::size_t>(16, chunk->data.size())));
    } else if (chunk->name == "EXIF") {
      webp.orientation = orientation_of(chunk->data);
    }
  }
  if (is_animated && webp.first_frame.empty()) {
    throw Error("damaged image file (an animation without a frame); get an intact copy of it");
  }
  return webp;
}

}  // namespace zipdream
