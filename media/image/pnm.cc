// SPDX-License-Identifier: Apache-2.0
#include "media/image/pnm.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace zipdream
