// SPDX-License-Identifier: Apache-2.0
#include "media/audio/containers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_format.h"
#include "base/format_sniffers.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using namespace std::literals;

std::uint64_t number(ByteView bytes, bool is_big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value = value << 8 | bytes[is_big_endian ? i : bytes.size() - 1 - i];
  }
  return value;
}

void append(Bytes& bytes, std::uint64_t value, std::size_t size, bool is_big_endian) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<Byte>(value >> (8 * (is_big_endian ? size - 1 - i : i))));
  }
}

// ---- Chunks, of WAV (RIFF) and AIFF (IFF): name (4), size (4), data, padded to an even size ----

struct Chunk {
  std::string_view name;
  std::uint64_t size = 0;  // as it says
  std::size_t begin = 0;   // of its data
};

bool is_known_chunk(std::string_view name) {
  constexpr std::array kKnown = {
      "data"sv, "fmt "sv, "fact"sv, "LIST"sv, "INFO"sv, "bext"sv, "cue "sv, "smpl"sv, "inst"sv,
      "PEAK"sv, "JUNK"sv, "junk"sv, "id3 "sv, "ID3 "sv, "iXML"sv, "axml"sv, "FLLR"sv, "PAD "sv,
      "afsp"sv, "DISP"sv, "_PMX"sv, "acid"sv, "cart"sv, "minf"sv, "elm1"sv, "regn"sv, "umid"sv,
      "strc"sv, "plst"sv, "note"sv, "labl"sv, "ltxt"sv, "wavl"sv, "slnt"sv, "ds64"sv, "chna"sv,
      "levl"sv, "COMM"sv, "SSND"sv, "FVER"sv, "MARK"sv, "INST"sv, "NAME"sv, "AUTH"sv, "ANNO"sv,
      "(c) "sv, "COMT"sv, "APPL"sv, "AESD"sv, "MIDI"sv, "SAXL"sv, "CHAN"sv};
  return std::ranges::find(kKnown, name) != kKnown.end();
}

bool is_name(std::string_view name) {
  return name.size() == 4 && std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

class Chunks {
 public:
  Chunks(ByteView file, bool is_big_endian) : file_(file), is_big_endian_(is_big_endian) {}

  // Nothing where the file ends.
  [[nodiscard]] std::optional<Chunk> at(std::size_t at) const {
    if (at > file_.size() || file_.size() - at < 8) return std::nullopt;
    return Chunk{as_chars(file_).substr(at, 4), number(file_.subspan(at + 4, 4), is_big_endian_),
                 at + 8};
  }

  // As far as the file goes.
  [[nodiscard]] ByteView data_of(const Chunk& chunk) const {
    return file_.subspan(chunk.begin,
                         std::min<std::uint64_t>(chunk.size, file_.size() - chunk.begin));
  }

  // Where the next chunk begins. Some programs leave out the byte that pads an odd size; then the
  // name of the next tells.
  [[nodiscard]] std::size_t next(const Chunk& chunk) {
    const std::size_t end = chunk.begin + data_of(chunk).size();
    if (end - chunk.begin < chunk.size || chunk.size % 2 == 0) return end;
    const std::string_view here = name_at(end), behind = name_at(end + 1);
    const bool is_padded =
        !is_known_chunk(here) && (is_known_chunk(behind) || is_name(behind) || !is_name(here));
    lacks_padding_ = lacks_padding_ || !is_padded;
    return end + (is_padded ? 1 : 0);
  }

  // Whether one that next() passed was not padded.
  [[nodiscard]] bool lacks_padding() const { return lacks_padding_; }

  // Whether there are chunks from here to the end.
  [[nodiscard]] bool reach_the_end(std::size_t from) const {
    while (const auto chunk = at(from)) {
      if (!is_name(chunk->name) || chunk->size > file_.size() - chunk->begin) return false;
      from = chunk->begin + chunk->size + chunk->size % 2;
    }
    return from >= file_.size();
  }

 private:
  [[nodiscard]] std::string_view name_at(std::size_t at) const {
    return as_chars(file_).substr(std::min(at, file_.size()), 4);
  }

  ByteView file_;
  bool is_big_endian_;
  bool lacks_padding_ = false;
};

void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void append_chunk(Bytes& bytes, std::string_view name, ByteView data, bool is_big_endian) {
  append(bytes, name);
  append(bytes, data.size(), 4, is_big_endian);
  bytes.insert(bytes.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) bytes.push_back(0);
}

// ---- WAV: "RIFF", size (4), "WAVE", chunks. RIFX is the same in big-endian, RF64 has sizes of 64
// bits in a chunk of its own. ----

// Sizes from here on say that it wasn't known: ffmpeg writes the largest number, sox one of just
// under 2 GiB.
constexpr std::uint64_t kUnknownWavSize = 0x7ffff000;

constexpr std::size_t kLongDataSize = 8;  // in the chunk ds64, after the size of the file

constexpr std::uint64_t kMpegLayer2 = 0x50, kMpegLayer3 = 0x55;

class WavFile {
 public:
  explicit WavFile(ByteView file)
      : file_(file),
        is_big_endian_(as_chars(file).starts_with("RIFX")),
        chunks_(file, is_big_endian_) {
    std::size_t at = 12;
    while (const auto chunk = chunks_.at(at)) {
      if (chunk->name == "fmt " && format_.empty()) format_ = chunks_.data_of(*chunk);
      if (chunk->name == "ds64") long_sizes_ = chunks_.data_of(*chunk);
      if (chunk->name == "data") {
        data_ = *chunk;
        break;
      }
      at = chunks_.next(*chunk);
    }
  }

  [[nodiscard]] AudioFile mended() const {
    if (!data_) {
      throw Error("truncated WAV file: it ends before its samples; get a complete copy of it");
    }
    const std::uint64_t left = file_.size() - data_->begin;
    const std::uint64_t told = told_size();
    // A size of 0 is true where other chunks follow, or nothing.
    const bool is_known =
        told < unknown_size() && (told > 0 || chunks_.reach_the_end(data_->begin));
    if (is_known && told > left) throw truncated(left, told);
    const ByteView samples = file_.subspan(data_->begin, is_known ? told : left);
    if (is_mpeg(samples)) return {{}, samples, true};
    if (is_known && !chunks_.lacks_padding()) return {{}, file_};
    return {header_for(samples.size()), samples};
  }

 private:
  [[nodiscard]] bool has_long_size() const {
    return data_->size == UINT32_MAX && long_sizes_.size() >= kLongDataSize + 8;
  }

  [[nodiscard]] std::uint64_t told_size() const {
    return has_long_size() ? number(long_sizes_.subspan(kLongDataSize, 8), is_big_endian_)
                           : data_->size;
  }

  [[nodiscard]] std::uint64_t unknown_size() const {
    return has_long_size() ? UINT64_MAX : kUnknownWavSize;
  }

  // A format chunk is: format (2), channels (2), rate (4), bytes per second (4), bytes per block
  // (2), ...
  [[nodiscard]] std::uint64_t format_number(std::size_t at) const {
    return format_.size() < at + 2 ? 0 : number(format_.subspan(at, 2), is_big_endian_);
  }

  [[nodiscard]] bool is_mpeg(ByteView samples) const {
    const std::uint64_t format = format_number(0);
    return (format == kMpegLayer2 || format == kMpegLayer3) && is_mpeg_audio(samples);
  }

  // In frames, where each has the same number of bytes: in the formats PCM, float, A-law, mu-law
  // and "extensible" a block is one.
  [[nodiscard]] Error truncated(std::uint64_t found, std::uint64_t told) const {
    const std::uint64_t format = format_number(0), block = format_number(12);
    const bool has_frames =
        format == 1 || format == 3 || format == 6 || format == 7 || format == 0xfffe;
    const std::uint64_t unit = has_frames && block > 0 ? block : 1;
    return Error("truncated WAV file: it holds " + std::to_string(found / unit) + " of the " +
                 std::to_string(told / unit) + (unit == block ? " frames" : " bytes") +
                 " that its header promises; get a complete copy of it");
  }

  [[nodiscard]] Bytes header_for(std::uint64_t size) const {
    Bytes header = to_bytes(is_big_endian_ ? "RIFX" : "RIFF");
    append(header, 20 + format_.size() + size, 4, is_big_endian_);
    append(header, "WAVE");
    append_chunk(header, "fmt ", format_, is_big_endian_);
    append(header, "data");
    append(header, size, 4, is_big_endian_);
    return header;
  }

  ByteView file_;
  bool is_big_endian_;
  Chunks chunks_;
  ByteView format_;
  ByteView long_sizes_;
  std::optional<Chunk> data_;
};

bool is_wav(std::string_view file) {
  const std::string_view name = file.substr(0, 4);
  return (name == "RIFF" || name == "RIFX" || name == "RF64") && file.size() >= 12 &&
         file.substr(8, 4) == "WAVE";
}

// The file with another number in its header.
AudioFile with_size(ByteView file, std::size_t at, std::size_t bytes, std::uint64_t size,
                    bool is_big_endian) {
  AudioFile mended;
  mended.header.assign(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(at));
  append(mended.header, size, bytes, is_big_endian);
  mended.rest = file.subspan(at + bytes);
  return mended;
}

// ---- AIFF: "FORM", size (4), "AIFF" or "AIFC", chunks. libsndfile copes with sizes that were not
// known, and not with chunks that are not padded. ----

AudioFile mend_aiff(ByteView file) {
  Chunks chunks(file, true);
  std::optional<Chunk> samples;
  Bytes header(file.begin(), file.begin() + 12);
  std::size_t at = 12;
  while (const auto chunk = chunks.at(at)) {
    if (chunk->name == "SSND") {
      samples = *chunk;
      break;
    }
    const bool is_needed = chunk->name == "COMM" || chunk->name == "FVER";
    if (is_needed) append_chunk(header, chunk->name, chunks.data_of(*chunk), true);
    at = chunks.next(*chunk);
  }
  if (!samples || !chunks.lacks_padding()) return {{}, file};
  append(header, "SSND");
  append(header, samples->size, 4, true);
  return {std::move(header), file.subspan(samples->begin)};
}

bool is_aiff(std::string_view file) {
  return file.size() >= 12 && file.starts_with("FORM") && file.substr(8, 3) == "AIF";
}

// ---- AU: ".snd", where the samples begin (4), their size (4), ...; "dns." is little-endian. ----

AudioFile mend_au(ByteView file) {
  if (file.size() < 12) return {{}, file};
  const bool is_big_endian = file[0] == '.';
  const std::uint64_t begin = number(file.subspan(4, 4), is_big_endian);
  if (number(file.subspan(8, 4), is_big_endian) != 0 || begin >= file.size()) return {{}, file};
  return with_size(file, 8, 4, file.size() - begin, is_big_endian);
}

// ---- Core Audio: "caff", version (2), flags (2), and then chunks: name (4), size (8), data. ----

AudioFile mend_caf(ByteView file) {
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::uint64_t size = number(file.subspan(at + 4, 8), true);
    const std::size_t left = file.size() - at - 12;
    if (as_chars(file).substr(at, 4) == "data") {
      const bool is_known = size != UINT64_MAX && (size != 0 || left == 0);
      return is_known ? AudioFile{{}, file} : with_size(file, at + 4, 8, left, true);
    }
    if (size > left) break;
    at += 12 + size;
  }
  return {{}, file};
}

}  // namespace

AudioFile mend_audio_file(ByteView file) {
  file = file.subspan(size_of_id3_tags(file));
  const std::string_view text = as_chars(file);
  if (is_wav(text)) return WavFile(file).mended();
  if (is_aiff(text)) return mend_aiff(file);
  if (text.starts_with(".snd") || text.starts_with("dns.")) return mend_au(file);
  if (text.starts_with("caff")) return mend_caf(file);
  return {{}, file, is_mpeg_audio(file)};
}

}  // namespace zipdream
