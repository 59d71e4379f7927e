// SPDX-License-Identifier: Apache-2.0
#include "base/format_sniffers.h"

#include <algorithm>
#include <array>
#include <optional>

namespace zipdream {
namespace {

template <typename Values, typename Value>
bool holds(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

using namespace std::literals;

std::uint64_t little_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

// ---- MPEG audio ----

// A header is: sync (11 bits), version (2), layer (2), no CRC (1), bit rate (4), sampling rate (2),
// padding (1), private (1), ...
struct MpegFrame {
  int layer = 0;
  std::size_t size = 0;  // 0: free format, which doesn't tell
};

// In kbit/s, by index from 1: MPEG-1 layers I, II and III, then MPEG-2 layers I, II and III.
constexpr std::size_t kBitRates[5][14] = {
    {32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
};
constexpr std::size_t kRates[3] = {44100, 48000, 32000};  // of MPEG-1; halved, and halved again

std::optional<MpegFrame> mpeg_frame(ByteView header) {
  if (header.size() < 4 || header[0] != 0xff || (header[1] & 0xe0) != 0xe0) return std::nullopt;
  const int version = header[1] >> 3 & 3;  // 0: 2.5, 2: 2, 3: 1
  const int layer = 4 - (header[1] >> 1 & 3);
  const std::size_t bit_rate = header[2] >> 4;
  const std::size_t rate = header[2] >> 2 & 3;
  if (version == 1 || layer == 4 || bit_rate == 15 || rate == 3) return std::nullopt;
  if (bit_rate == 0) return MpegFrame{layer, 0};
  const bool is_first = version == 3;
  const int table = is_first ? layer - 1 : (layer == 1 ? 3 : 4);
  const std::size_t bits = 1000 * kBitRates[table][bit_rate - 1];
  const std::size_t hertz = kRates[rate] >> (is_first ? 0 : (version == 2 ? 1 : 2));
  const std::size_t padding = header[2] >> 1 & 1;
  if (layer == 1) return MpegFrame{layer, 4 * (12 * bits / hertz + padding)};
  return MpegFrame{layer, (layer == 3 && !is_first ? 72 : 144) * bits / hertz + padding};
}

// Whether version, layer and sampling rate are the same.
bool continues(ByteView first, ByteView second) {
  return mpeg_frame(second) && (first[1] & 0xfe) == (second[1] & 0xfe) &&
         (first[2] & 0x0c) == (second[2] & 0x0c);
}

bool has_second_frame(ByteView start, std::size_t size) {
  constexpr std::size_t kMaxFrame = 4608;
  if (size > 0) return start.size() > size && continues(start, start.subspan(size));
  for (std::size_t at = 24; at + 4 <= std::min(start.size(), kMaxFrame); ++at) {
    if (continues(start, start.subspan(at))) return true;
  }
  return false;
}

// ---- PNM ----

// Takes white space, comments and then a number off the header.
std::optional<std::uint64_t> take_number(std::string_view& header) {
  while (!header.empty()) {
    if (header[0] == '#') {
      header.remove_prefix(std::min(header.size(), header.find('\n')));
    } else if (" \t\r\n\v\f"sv.find(header[0]) != std::string_view::npos) {
      header.remove_prefix(1);
    } else {
      break;
    }
  }
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < header.size() && header[digits] >= '0' && header[digits] <= '9'; ++digits) {
    if (digits == 9) return std::nullopt;
    value = 10 * value + static_cast<std::uint64_t>(header[digits] - '0');
  }
  header.remove_prefix(digits);
  return digits > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

bool is_mpeg_audio(ByteView start) {
  const auto frame = mpeg_frame(start);
  return frame && (frame->layer == 3 || has_second_frame(start, frame->size));
}

// Sync (12 bits), version (1), layer (2, zero), no CRC (1), profile (2), rate (4), private (1),
// channels (3), ..., size of the frame (13).
bool is_adts(ByteView start) {
  const auto is_header = [](ByteView bytes) {
    return bytes.size() >= 7 && bytes[0] == 0xff && (bytes[1] & 0xf6) == 0xf0 &&
           (bytes[2] >> 2 & 15) < 13;
  };
  if (!is_header(start)) return false;
  const std::size_t size = (start[3] & 3U) << 11 | start[4] << 3U | start[5] >> 5U;
  return size >= 7 && (size >= start.size() || is_header(start.subspan(size)));
}

// Frames of two sizes at most follow each other, all with this sync; in the sixth byte stands the
// version of the format, 16 at most.
bool is_ac3(ByteView start) {
  constexpr std::string_view kSync = "\x0b\x77";
  return as_chars(start).starts_with(kSync) && start.size() > 6 && start[5] >> 3 <= 16 &&
         as_chars(start).find(kSync, 64) != std::string_view::npos;
}

// Packets of 188 bytes.
bool is_transport_stream(ByteView start) {
  return start.size() > 376 && start[0] == 0x47 && start[188] == 0x47 && start[376] == 0x47;
}

// A page is: "OggS", version (1), flags (1), position (8), serial (4), number (4), CRC (4), count
// of segments (1), their sizes, and the packets.
std::string_view first_ogg_packet(std::string_view start) {
  if (!start.starts_with("OggS\0"sv) || start.size() < 28) return "";
  const std::size_t at = 27 + static_cast<Byte>(start[26]);
  return start.substr(std::min(at, start.size()));
}

bool is_htk(ByteView start, std::uint64_t size) {
  if (start.size() < 12 || as_chars(start).substr(8, 4) != "\0\2\0\0"sv) return false;
  return big_endian(start.first(4)) > 0 && 2 * big_endian(start.first(4)) + 12 == size;
}

bool is_pnm(std::string_view start) {
  if (start.size() < 3 || start[0] != 'P' || start[1] < '1' || start[1] > '6') return false;
  const bool has_maxval = start[1] != '1' && start[1] != '4';
  std::string_view rest = start.substr(2);
  if ("# \t\r\n\v\f"sv.find(rest[0]) == std::string_view::npos) return false;
  std::uint64_t last = 0;
  for (int i = 0; i < (has_maxval ? 3 : 2); ++i) {
    const auto number = take_number(rest);
    if (!number) return i > 0 && rest.empty();  // a file that breaks off within its header
    last = *number;
    if (last == 0) return false;
  }
  if (has_maxval && last > 65535) return false;
  return rest.empty() || "# \t\r\n\v\f"sv.find(rest[0]) != std::string_view::npos;
}

// "BM", size of the file (4), 0 (4), where the pixels are (4), size of the header that follows.
bool is_bmp(ByteView start) {
  if (!as_chars(start).starts_with("BM") || start.size() < 18) return false;
  constexpr std::array kHeaders = {12U, 16U, 40U, 52U, 56U, 64U, 108U, 124U};
  return holds(kHeaders, little_endian(start.subspan(14, 4)));
}

// 0 (2), type (2), how many (2); each: width, height, colours, 0, planes (2), bits (2), size (4),
// where it is (4).
bool is_ico(ByteView start, Byte type) {
  if (start.size() < 22 || little_endian(start.first(4)) != std::uint64_t{type} << 16) return false;
  const std::uint64_t count = little_endian(start.subspan(4, 2));
  return count > 0 && count < 1000 && start[9] == 0 && little_endian(start.subspan(14, 4)) > 0 &&
         little_endian(start.subspan(18, 4)) >= 6 + 16 * count;
}

// 10, version, 1 (coded in runs), bits per sample, x (2) and y (2) of the first and of the last
// pixel, ..., at 64: 0, planes.
bool is_pcx(ByteView start) {
  if (start.size() < 128 || start[0] != 10 || start[1] > 5 || start[2] > 1) return false;
  const auto at = [&](std::size_t i) { return little_endian(start.subspan(i, 2)); };
  return (start[3] == 1 || start[3] == 2 || start[3] == 4 || start[3] == 8) && at(8) >= at(4) &&
         at(10) >= at(6) && start[64] == 0 && start[65] >= 1 && start[65] <= 4;
}

// 474 (2), coded in runs or not, bytes per channel, dimensions (2).
bool is_sgi(ByteView start) {
  return start.size() >= 12 && start[0] == 1 && start[1] == 0xda && start[2] <= 1 &&
         (start[3] == 1 || start[3] == 2) && start[4] == 0 && start[5] >= 1 && start[5] <= 3;
}

// Size of a comment, whether there is a palette, type, palette (5), x and y (4), width (2), height
// (2), bits per pixel, flags. There is no signature; so every field is looked at.
bool is_tga(ByteView start, std::uint64_t size) {
  constexpr std::size_t kHeader = 18;
  if (start.size() < kHeader || start[1] > 1) return false;
  constexpr std::array<Byte, 6> kTypes = {1, 2, 3, 9, 10, 11};
  constexpr std::array<Byte, 5> kBits = {8, 15, 16, 24, 32};
  const Byte type = start[2];
  if (!holds(kTypes, type)) return false;
  if (!holds(kBits, start[16]) || (start[17] & 0xc0) != 0) return false;
  const bool has_palette = start[1] == 1;
  const ByteView palette = start.subspan(3, 5);
  if ((type & 7) == 1 && !has_palette) return false;
  if (!has_palette && std::any_of(palette.begin(), palette.end(), [](Byte b) { return b != 0; }))
    return false;
  if (has_palette && !holds(kBits, palette[4])) return false;
  const std::uint64_t pixels =
      little_endian(start.subspan(12, 2)) * little_endian(start.subspan(14, 2));
  const std::uint64_t least = type > 3 ? 2 : pixels * ((start[16] + 7U) / 8);
  return pixels > 0 && size >= kHeader + start[0] + least;
}

namespace {

// The first directory of a TIFF file: how many entries (2), and each: tag (2), type (2), count (4),
// value (4).
constexpr std::uint64_t kNewSubfileType = 254, kDngVersion = 50706;

bool is_raw_entry(std::uint64_t tag, std::uint64_t value) {
  return tag == kDngVersion || (tag == kNewSubfileType && (value & 1) != 0);
}

}  // namespace

bool is_raw_tiff(ByteView start) {
  const std::string_view text = as_chars(start);
  const bool is_little = text.starts_with("II*\0"sv);
  if ((!is_little && !text.starts_with("MM\0*"sv)) || start.size() < 10) return false;
  if (text.substr(8, 2) == "CR") return true;  // Canon's
  const auto number = [&](std::size_t at, std::size_t size) {
    const ByteView bytes = start.subspan(at, size);
    return is_little ? little_endian(bytes) : big_endian(bytes);
  };
  std::size_t at = number(4, 4);
  if (at > start.size() - 2) return false;
  const std::uint64_t count = number(at, 2);
  at += 2;
  for (std::uint64_t i = 0; i < count && at + 12 <= start.size(); ++i, at += 12) {
    if (is_raw_entry(number(at, 2), number(at + 8, 4))) return true;
  }
  return false;
}

// Before the element may stand a byte order mark, white space, <?...?>, comments and <!DOCTYPE...>.
bool is_svg(std::string_view start) {
  const auto skip_past = [&](std::string_view end) {
    const std::size_t at = start.find(end);
    start.remove_prefix(at == std::string_view::npos ? start.size() : at + end.size());
  };
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  while (!start.empty()) {
    const std::size_t space = start.find_first_not_of(" \t\r\n");
    start.remove_prefix(std::min(space, start.size()));
    if (start.starts_with("<!--")) {
      skip_past("-->");
    } else if (start.starts_with("<?")) {
      skip_past("?>");
    } else if (start.starts_with("<!DOCTYPE svg")) {
      return true;
    } else if (start.starts_with("<!")) {
      skip_past(">");
    } else {
      break;
    }
  }
  const bool has_prefix = start.starts_with("<svg:svg");
  if (!has_prefix && !start.starts_with("<svg")) return false;
  start.remove_prefix(has_prefix ? 8 : 4);
  return !start.empty() && " \t\r\n>/"sv.find(start[0]) != std::string_view::npos;
}

// Size (4, big-endian), "ftyp", major brand (4), version (4), more brands.
std::string_view iso_brands(std::string_view start) {
  if (start.size() < 12 || start.substr(4, 4) != "ftyp") return "";
  const std::uint64_t size = big_endian(as_bytes(start.substr(0, 4)));
  if (size < 12 || size > 4096) return "";
  return start.substr(8, std::min<std::size_t>(size, start.size()) - 8);
}

bool is_old_quicktime(ByteView start) {
  if (start.size() < 12) return false;
  const std::string_view name = as_chars(start).substr(4, 4);
  const std::uint64_t size = big_endian(start.first(4));
  constexpr std::array kAtoms = {"moov"sv, "mdat"sv, "wide"sv, "pnot"sv, "free"sv, "skip"sv};
  return size >= 8 && holds(kAtoms, name);
}

// "PK\3\4", 22 bytes of facts, size of the name (2), size of more (2), the name.
std::string_view first_zip_name(std::string_view start) {
  if (!start.starts_with("PK\3\4") || start.size() < 30) return "";
  return start.substr(30, little_endian(as_bytes(start.substr(26, 2))));
}

// Size of the header (8), then the header, which is JSON.
bool is_safetensors(ByteView start, std::uint64_t size) {
  if (start.size() < 10) return false;
  const std::uint64_t header = little_endian(start.first(8));
  const std::string_view json = as_chars(start.subspan(8));
  constexpr std::uint64_t kMaxHeader = 100'000'000;
  if (header < 2 || header > kMaxHeader || header > size - 8 || json[0] != '{') return false;
  const std::size_t at = json.find_first_not_of(" \t\r\n", 1);
  return at != std::string_view::npos && (json[at] == '"' || json[at] == '}');
}

// 0x80, the protocol, then of protocols 4 and 5 a frame; others end in a full stop.
bool is_pickle(ByteView start, std::uint64_t size) {
  if (start.size() < 4 || start[0] != 0x80 || start[1] < 2 || start[1] > 5) return false;
  if (start[1] >= 4) return start[2] == 0x95;
  constexpr std::string_view kFirst = "}](cXK\x8a";
  return kFirst.find(static_cast<char>(start[2])) != std::string_view::npos &&
         (start.size() < size || start.back() == '.');
}

// Properties (1, nearly always 5D), size of the dictionary (4), size of the content (8, or -1).
bool is_lzma_alone(ByteView start) {
  if (start.size() < 13 || start[0] != 0x5d || start[1] != 0 || start[2] != 0) return false;
  const std::uint64_t size = little_endian(start.subspan(5, 8));
  return size == UINT64_MAX || size < std::uint64_t{1} << 40;
}

}  // namespace zipdream
