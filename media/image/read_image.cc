// SPDX-License-Identifier: Apache-2.0
#include "media/image/read_image.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::uint32_t kMaxValue = 65535;
constexpr std::size_t kMaxSide = 1'000'000;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Error damaged(const std::string& what) {
  return Error("damaged PNM file: " + what + "; get an intact copy of it");
}

struct Header {
  bool is_text = false;    // P1 to P3
  bool is_bitmap = false;  // P1 and P4: a bit per pixel, of which 1 is black
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t depth = 1;  // samples per pixel, alpha included
  std::uint32_t max_value = 1;

  [[nodiscard]] std::size_t channels() const { return depth < 3 ? 1 : 3; }
  [[nodiscard]] std::size_t samples() const { return width * height * depth; }
  [[nodiscard]] std::size_t row_bytes() const {
    return is_bitmap ? (width + 7) / 8 : width * depth * (max_value > 255 ? 2 : 1);
  }
};

// Reads a file from its start.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  [[nodiscard]] ByteView rest() const { return as_bytes(rest_); }

  char take() {
    if (rest_.empty()) throw Error("truncated PNM file; get a complete copy of it");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void skip_space() {
    while (!rest_.empty() && (is_space(rest_[0]) || rest_[0] == '#')) {
      if (take() != '#') continue;
      while (!rest_.empty() && rest_[0] != '\n' && rest_[0] != '\r') rest_.remove_prefix(1);
    }
  }

  std::uint32_t number() {
    skip_space();
    std::uint32_t value = 0;
    int digits = 0;
    for (char c = take(); c >= '0' && c <= '9'; c = take()) {
      if (++digits > 8) throw damaged("a number has more than 8 digits");
      value = 10 * value + static_cast<std::uint32_t>(c - '0');
      if (rest_.empty()) return value;
      if (rest_[0] < '0' || rest_[0] > '9') return value;
    }
    throw damaged("a number is missing");
  }

  // Of P1, where nothing has to stand between them.
  std::uint32_t bit() {
    skip_space();
    const char c = take();
    if (c != '0' && c != '1') throw damaged("a pixel is neither 0 nor 1");
    return c == '1' ? 1 : 0;
  }

  // A line of PAM's header without its end.
  std::string_view line() {
    const std::size_t size = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, size);
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    return line;
  }

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Header pnm_header(char kind, Reader& reader) {
  Header header{.is_text = kind <= '3', .is_bitmap = kind == '1' || kind == '4'};
  header.width = reader.number();
  header.height = reader.number();
  header.depth = kind == '3' || kind == '6' ? 3 : 1;
  if (!header.is_bitmap) header.max_value = reader.number();
  if (!header.is_text && !is_space(reader.take())) throw damaged("its header has no end");
  return header;
}

// Lines "NAME VALUE", up to "ENDHDR".
Header pam_header(Reader& reader) {
  Header header;
  while (!reader.is_at_end()) {
    const std::string_view line = reader.line();
    if (line == "ENDHDR") return header;
    const auto value = [&] { return Reader(line.substr(line.find(' '))).number(); };
    if (line.starts_with("WIDTH ")) header.width = value();
    if (line.starts_with("HEIGHT ")) header.height = value();
    if (line.starts_with("DEPTH ")) header.depth = value();
    if (line.starts_with("MAXVAL ")) header.max_value = value();
  }
  throw Error("truncated PAM file; get a complete copy of it");
}

void check(const Header& header, std::size_t max_bytes) {
  if (header.width == 0 || header.height == 0 || header.width > kMaxSide ||
      header.height > kMaxSide) {
    throw damaged("its sides are not 1 to 1000000 pixels");
  }
  if (header.max_value == 0 || header.max_value > kMaxValue) {
    throw damaged("its maxval is not 1 to 65535");
  }
  if (header.depth == 0 || header.depth > 4) {
    throw Error("the image has " + std::to_string(header.depth) +
                " samples per pixel; give one of 1 to 4: gray or RGB, with or without alpha");
  }
  if (header.height > max_bytes / (header.width * header.channels())) {
    throw Error("the image is too large: " + std::to_string(header.width) + " x " +
                std::to_string(header.height) + " pixels need more than " +
                std::to_string(max_bytes) + " bytes; shrink it first");
  }
}

// A number and a space for each sample at least, but for the last.
std::size_t least_bytes(const Header& header) {
  if (!header.is_text) return header.row_bytes() * header.height;
  return header.is_bitmap ? header.samples() : 2 * header.samples() - 1;
}

Byte scaled(std::uint32_t value, std::uint32_t max_value) {
  return static_cast<Byte>((std::min(value, max_value) * 510 + max_value) / (2 * max_value));
}

std::uint32_t sample_at(const Header& header, ByteView row, std::size_t i) {
  if (header.is_bitmap) return row[i / 8] >> (7 - i % 8) & 1;
  return header.max_value > 255 ? static_cast<std::uint32_t>(row[2 * i] << 8 | row[2 * i + 1])
                                : row[i];
}

// All samples, alpha too, as bytes.
Bytes read_samples(const Header& header, Reader& reader) {
  Bytes samples;
  samples.reserve(header.samples());
  const auto add = [&](std::uint32_t value) {
    samples.push_back(header.is_bitmap ? (value == 1 ? 0 : 255) : scaled(value, header.max_value));
  };
  if (header.is_text) {
    while (samples.size() < header.samples())
      add(header.is_bitmap ? reader.bit() : reader.number());
    return samples;
  }
  const std::size_t row_samples = header.width * header.depth;
  for (std::size_t y = 0; y < header.height; ++y) {
    const ByteView row = reader.rest().subspan(y * header.row_bytes(), header.row_bytes());
    for (std::size_t i = 0; i < row_samples; ++i) add(sample_at(header, row, i));
  }
  return samples;
}

}  // namespace

bool is_pnm_or_pam(ByteView file) {
  return file.size() >= 3 && file[0] == 'P' && file[1] >= '1' && file[1] <= '7' &&
         (is_space(static_cast<char>(file[2])) || file[2] == '#');
}

Image decode_pnm(ByteView file, std::size_t max_bytes) {
  const std::string_view text = as_chars(file);
  const char kind = text[1];
  Reader reader(text.substr(kind == '7' ? 3 : 2));
  const Header header = kind == '7' ? pam_header(reader) : pnm_header(kind, reader);
  check(header, max_bytes);
  const std::size_t needed = least_bytes(header);
  if (reader.rest().size() < needed) {
    throw Error("truncated PNM file: it holds " + std::to_string(reader.rest().size()) +
                " of the " + std::to_string(needed) +
                " bytes that its header promises; get a complete copy of it");
  }
  Bytes samples = read_samples(header, reader);
  Image image{static_cast<int>(header.width), static_cast<int>(header.height),
              static_cast<int>(header.channels()), std::move(samples)};
  if (header.depth == header.channels()) return image;
  Bytes opaque;
  opaque.reserve(image.size_bytes());
  for (std::size_t i = 0; i < image.pixels.size(); i += header.depth) {
    for (std::size_t channel = 0; channel < header.channels(); ++channel) {
      opaque.push_back(image.pixels[i + channel]);
    }
  }
  image.pixels = std::move(opaque);
  return image;
}

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

namespace {

// The pixel (x, y) of the result is the pixel from(x, y) of the image.
template <class From>
Image rearranged(const Image& image, bool swaps_sides, From from) {
  Image result{image.width, image.height, image.channels, Bytes(image.pixels.size())};
  if (swaps_sides) std::swap(result.width, result.height);
  const auto channels = static_cast<std::size_t>(image.channels);
  auto out = result.pixels.begin();
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const auto [column, row] = from(x, y);
      const std::size_t at = static_cast<std::size_t>(row) * image.row_bytes() +
                             static_cast<std::size_t>(column) * channels;
      out = std::copy_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(at), channels, out);
    }
  }
  return result;
}

// As EXIF means the numbers: 3 is upside down, 6 lies on its left side, 8 on its right, and 2, 4, 5
// and 7 are mirrored too.
Image upright(Image image, int orientation) {
  if (orientation == 1) return image;
  const int right = image.width - 1, bottom = image.height - 1;
  return rearranged(image, orientation >= 5, [&](int x, int y) -> std::pair<int, int> {
    switch (orientation) {
      case 2:
        return {right - x, y};
      case 3:
        return {right - x, bottom - y};
      case 4:
        return {x, bottom - y};
      case 5:
        return {y, x};
      case 6:
        return {y, bottom - x};
      case 7:
        return {right - y, bottom - x};
      default:
        return {right - y, x};
    }
  });
}

// A frame that covers a part of its animation, on black.
Image on_canvas(const Image& frame, const WebpFile& webp, std::size_t max_bytes) {
  const auto width = static_cast<std::size_t>(frame.width);
  const auto height = static_cast<std::size_t>(frame.height);
  if (width == webp.width && height == webp.height) return frame;
  const auto channels = static_cast<std::size_t>(frame.channels);
  if (webp.x + width > webp.width || webp.y + height > webp.height) {
    throw Error("damaged image file (a frame beyond its animation); get an intact copy of it");
  }
  if (webp.height > max_bytes / (webp.width * channels)) {
    throw Error("the image is too large: " + std::to_string(webp.width) + " x " +
                std::to_string(webp.height) + " pixels need more than " +
                std::to_string(max_bytes) + " bytes; shrink it first");
  }
  Image canvas{static_cast<int>(webp.width), static_cast<int>(webp.height), frame.channels,
               Bytes(webp.width * webp.height * channels)};
  for (std::size_t y = 0; y < height; ++y) {
    const ByteView row = ByteView(frame.pixels).subspan(y * frame.row_bytes(), frame.row_bytes());
    const std::size_t at = (webp.y + y) * canvas.row_bytes() + webp.x * channels;
    std::ranges::copy(row, canvas.pixels.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return canvas;
}

Image read_webp(ByteView file, std::size_t max_bytes) {
  const WebpFile webp = parse_webp(file);
  if (webp.first_frame.empty()) {
    return upright(imaging().decode(file, max_bytes), webp.orientation);
  }
  const Image frame = imaging().decode(webp.first_frame, max_bytes);
  return upright(on_canvas(frame, webp, max_bytes), webp.orientation);
}

}  // namespace

Image read_image(ByteView file, std::size_t max_bytes) {
  if (is_pnm_or_pam(file)) return decode_pnm(file, max_bytes);
  if (is_webp(file)) return read_webp(file, max_bytes);
  return imaging().decode(file, max_bytes);
}

}  // namespace zipdream
