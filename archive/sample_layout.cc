// SPDX-License-Identifier: Apache-2.0
#include "archive/sample_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace zipdream {
namespace {

constexpr std::uint64_t kMaxWidth = 65536;  // of the model `image`
constexpr std::uint64_t kMaxChannels = 8;   // of the model `audio`
constexpr std::uint64_t kToEnd = std::numeric_limits<std::uint64_t>::max();

// Little endian. REQUIRES: the bytes are there.
std::uint32_t number_at(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint32_t{bytes[at + i]} << (8 * i);
  return number;
}

std::optional<SampleLayout> image_of(std::size_t first, std::uint64_t width, std::uint64_t height,
                                     std::uint64_t channels, std::uint64_t padding) {
  if (width < 1 || width > kMaxWidth || height < 1 || channels < 1 || channels > 4) {
    return std::nullopt;
  }
  const std::uint64_t row = width * channels + padding;
  if (height > kToEnd / row) return std::nullopt;
  std::string model = fmt::format("image:width={}", width);
  if (channels > 1) model += fmt::format(",channels={}", channels);
  if (padding > 0) model += fmt::format(",padding={}", padding);
  constexpr std::string_view kColours[] = {"gray", "2 channels", "RGB", "4 channels"};
  return SampleLayout{
      .first = first,
      .size = row * height,
      .unit = row,
      .what = fmt::format("an image of {}x{} pixels, {}", width, height, kColours[channels - 1]),
      .models = {model}};
}

// ---- PNM ----

// Words of a header, which end at white space; # begins a comment.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // The next word, and one white space behind it; nothing where the text ends before that.
  std::string_view next() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#') skip_line();
      if (at_ < text_.size()) ++at_;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
    if (at_ >= text_.size()) return {};
    return text_.substr(begin, at_++ - begin);
  }

  // The next word as a number of at most nine digits; 0 for all else.
  std::uint64_t number() {
    const std::string_view word = next();
    if (word.empty() || word.size() > 9) return 0;
    std::uint64_t number = 0;
    for (const char c : word) {
      if (c < '0' || c > '9') return 0;
      number = 10 * number + static_cast<std::uint64_t>(c - '0');
    }
    return number;
  }

  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  [[nodiscard]] std::size_t place() const { return at_; }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Of PAM: lines of a name and a value.
std::optional<SampleLayout> pam_samples(Words& words) {
  std::uint64_t width = 0, height = 0, depth = 0, maxval = 0;
  for (std::string_view name = words.next(); !name.empty(); name = words.next()) {
    if (name == "ENDHDR") {
      if (maxval < 1 || maxval > 255) return std::nullopt;
      return image_of(words.place(), width, height, depth, 0);
    }
    if (name == "WIDTH") {
      width = words.number();
    } else if (name == "HEIGHT") {
      height = words.number();
    } else if (name == "DEPTH") {
      depth = words.number();
    } else if (name == "MAXVAL") {
      maxval = words.number();
    } else {
      words.skip_line();
    }
  }
  return std::nullopt;
}

std::optional<SampleLayout> pnm_samples(ByteView head) {
  Words words(as_chars(head));
  const std::string_view format = words.next();
  if (format == "P7") return pam_samples(words);
  if (format != "P5" && format != "P6") return std::nullopt;
  const std::uint64_t width = words.number();
  const std::uint64_t height = words.number();
  const std::uint64_t maxval = words.number();
  if (maxval < 1 || maxval > 255) return std::nullopt;
  return image_of(words.place(), width, height, format == "P6" ? 3 : 1, 0);
}

// ---- BMP ----

constexpr std::size_t kBmpFileHeader = 14;
constexpr std::size_t kBmpCoreHeader = 12;
constexpr std::size_t kBmpInfoHeader = 40;

// Whether the colours from `at` on are grays, each no darker than the one before.
bool is_gray_ramp(ByteView head, std::size_t at, std::size_t end, std::size_t entry_size) {
  if (end > head.size() || end < at + entry_size || (end - at) % entry_size != 0) return false;
  for (std::size_t i = at; i < end; i += entry_size) {
    if (head[i] != head[i + 1] || head[i] != head[i + 2]) return false;
    if (i > at && head[i] < head[i - entry_size]) return false;
  }
  return true;
}

std::optional<SampleLayout> bmp_samples(ByteView head) {
  if (head.size() < kBmpFileHeader + kBmpInfoHeader || !as_chars(head).starts_with("BM")) {
    return std::nullopt;
  }
  const std::size_t first = number_at(head, 10, 4);
  const std::size_t header = number_at(head, kBmpFileHeader, 4);
  const bool is_core = header == kBmpCoreHeader;
  if ((!is_core && header < kBmpInfoHeader) || first > head.size()) return std::nullopt;
  const std::uint64_t width = number_at(head, 18, is_core ? 2 : 4);
  std::uint64_t height = number_at(head, is_core ? 20 : 22, is_core ? 2 : 4);
  if (height > 0x80000000U) height = 0x100000000U - height;  // negative: from the top downwards
  const std::uint32_t bits = number_at(head, is_core ? 24 : 28, 2);
  const std::uint32_t compression = is_core ? 0 : number_at(head, 30, 4);
  const bool has_masks = compression == 3 && bits == 32;
  if (compression != 0 && !has_masks) return std::nullopt;
  if (bits != 8 && bits != 24 && bits != 32) return std::nullopt;
  const std::size_t entry_size = is_core ? 3 : 4;
  if (bits == 8 && !is_gray_ramp(head, kBmpFileHeader + header, first, entry_size)) {
    return std::nullopt;
  }
  const std::uint64_t pixels = width * (bits / 8);
  return image_of(first, width, height, bits / 8, (4 - pixels % 4) % 4);
}

// ---- WAV ----

struct WavFormat {
  std::string name;  // of the model `audio`; empty for what it doesn't know
  std::string what;
  std::uint64_t channels = 0;
  std::uint64_t frame = 0;  // bytes
  std::uint32_t rate = 0;
};

// `chunk`: the contents of the chunk "fmt ", 16 bytes or more.
WavFormat wav_format(ByteView chunk) {
  constexpr std::uint32_t kPcm = 1, kMulaw = 7, kExtensible = 0xfffe;
  std::uint32_t tag = number_at(chunk, 0, 2);
  if (tag == kExtensible && chunk.size() >= 26) tag = number_at(chunk, 24, 2);
  const std::uint32_t bits = number_at(chunk, 14, 2);
  WavFormat format{.name = {},
                   .what = {},
                   .channels = number_at(chunk, 2, 2),
                   .frame = number_at(chunk, 12, 2),
                   .rate = number_at(chunk, 4, 4)};
  if (format.frame != format.channels * (bits / 8)) return format;
  if (tag == kPcm && bits == 8) format.name = "u8", format.what = "8 bits";
  if (tag == kPcm && bits == 16) format.name = "s16", format.what = "16 bits";
  if (tag == kMulaw && bits == 8) format.name = "mulaw", format.what = "mu-law";
  return format;
}

std::optional<SampleLayout> sound_of(const WavFormat& format, std::size_t first,
                                     std::uint64_t size) {
  if (format.name.empty() || format.channels < 1 || format.channels > kMaxChannels) {
    return std::nullopt;
  }
  std::string options;
  if (format.channels > 1) options += fmt::format(",channels={}", format.channels);
  if (format.name != "u8") options += fmt::format(",format={}", format.name);
  std::vector<std::string> models = {"audio:off" + options};
  if (format.name == "u8") models.insert(models.begin(), "audio:on" + options);
  // Programs that write into pipes leave the size open.
  constexpr std::uint64_t kOpen = 0x7ffff000;
  return SampleLayout{
      .first = first,
      .size = size == 0 || size >= kOpen ? kToEnd : size,
      .unit = format.frame,
      .what = fmt::format("sound of {} Hz, {} channel{}, {}", format.rate, format.channels,
                          format.channels == 1 ? "" : "s", format.what),
      .models = models};
}

std::optional<SampleLayout> wav_samples(ByteView head) {
  constexpr std::size_t kRiffHeader = 12;
  constexpr std::size_t kChunkHeader = 8;
  const std::string_view text = as_chars(head);
  if (!text.starts_with("RIFF") || text.size() < kRiffHeader || text.substr(8, 4) != "WAVE") {
    return std::nullopt;
  }
  WavFormat format;
  for (std::size_t at = kRiffHeader; at + kChunkHeader <= head.size();) {
    const std::string_view name = text.substr(at, 4);
    const std::uint64_t size = number_at(head, at + 4, 4);
    at += kChunkHeader;
    if (name == "data") return sound_of(format, at, size);
    if (size > head.size() - at) break;
    if (name == "fmt " && size >= 16) format = wav_format(head.subspan(at, size));
    at += size + size % 2;
  }
  return std::nullopt;
}

}  // namespace

std::optional<SampleLayout> find_samples(ByteView head) {
  for (const auto find : {pnm_samples, bmp_samples, wav_samples}) {
    if (auto layout = find(head)) return layout;
  }
  return std::nullopt;
}

}  // namespace zipdream
