// SPDX-License-Identifier: Apache-2.0
// FLAC as the paper uses it: the bytes are 8-bit samples of mono audio at 16 kHz. Or samples of 16
// bits, low byte first, and several channels, interleaved, where the spec has these options.
//
// Bytes that make no whole frame of all channels are completed: of a sample whose low byte is
// known the high one is that which brings it nearest to the sample before; what is wholly missing
// is the sample before again. How many bytes were added stands in a block of metadata, which every
// reader skips:
//
//   type     02           (APPLICATION)
//   length   00 00 05
//   data     "zdLn", number of bytes added
#include "codecs/flac/flac.h"

#include <FLAC/format.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/coding_loop.h"
#include "codecs/flac/frames.h"
#include "media/audio/audio.h"
#include "media/media.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "flac";
constexpr int kRate = 16000;

// Where the first block of metadata, STREAMINFO, ends.
constexpr std::size_t kStreamInfoEnd = 4 + 4 + 34;
constexpr std::string_view kAdded = std::string_view("\x02\0\0\x05zdLn", 8);

class FlacCodec final : public Codec {
 public:
  explicit FlacCodec(const FlacOptions& options)
      : options_(options),
        sample_bytes_(options.sample_bytes()),
        frame_bytes_(options.channels * sample_bytes_) {}

  Bytes compress(ByteView data) const override {
    const Bytes samples = completed(data);
    Bytes stream = pack_pcm(samples, options_.format, kRate, AudioContainer::kFlac, options_.level,
                            static_cast<int>(options_.channels));
    if (samples.size() == data.size()) return stream;
    Bytes block = to_bytes(kAdded);
    block.push_back(static_cast<Byte>(samples.size() - data.size()));
    stream.insert(stream.begin() + kStreamInfoEnd, block.begin(), block.end());
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::size_t added = bytes_added(stream);
    if (added >= frame_bytes_) throw damaged(kName, "the length doesn't fit the audio");
    Bytes data = unpack_flac(stream, options_.format, static_cast<int>(options_.channels),
                             max_size < SIZE_MAX - added ? max_size + added : max_size);
    if (added > data.size()) throw damaged(kName, "the length doesn't fit the audio");
    data.resize(data.size() - added);
    return data;
  }

  double bits(ByteView data, Units units) const override {
    return flac_bits(compress(data), units);
  }

  std::unique_ptr<Session> start(Units units) const override {
    // How levels 1 and 4 code two channels depends on the frames before.
    const bool looks_back = options_.channels == 2 && (options_.level == 1 || options_.level == 4);
    return looks_back ? Codec::start(units) : start_flac_session(*this, frame_bytes_, units);
  }

 private:
  static std::size_t bytes_added(ByteView stream) {
    const std::string_view rest = as_chars(stream).substr(std::min(stream.size(), kStreamInfoEnd));
    const bool has_block = rest.starts_with(kAdded) && rest.size() > kAdded.size();
    return has_block ? static_cast<Byte>(rest[kAdded.size()]) : 0;
  }

  // Whole frames.
  [[nodiscard]] Bytes completed(ByteView data) const {
    Bytes bytes(data.begin(), data.end());
    while (bytes.size() % frame_bytes_ != 0) bytes.push_back(next_byte(bytes));
    return bytes;
  }

  [[nodiscard]] Byte next_byte(ByteView bytes) const {
    const std::size_t at = bytes.size();
    const bool has_before = at >= frame_bytes_;
    const Byte again = has_before ? bytes[at - frame_bytes_] : Byte{0};
    if (sample_bytes_ == 1) return has_before ? again : Byte{128};
    if (at % 2 == 0) return again;
    const int low = bytes[at - 1];
    const int before_low = has_before ? bytes[at - 1 - frame_bytes_] : 0;
    const int before = static_cast<std::int16_t>(again << 8 | before_low);
    int best = before >> 8;
    for (const int high : {(before >> 8) - 1, (before >> 8) + 1}) {
      const auto away = [&](int h) { return std::abs(h * 256 + low - before); };
      if (high >= -128 && high <= 127 && away(high) < away(best)) best = high;
    }
    return static_cast<Byte>(best);
  }

  FlacOptions options_;
  std::size_t sample_bytes_;
  std::size_t frame_bytes_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return make_flac(flac_options(spec));
}

// Samples of 16 bits, where they are, and pairs of them.
void adapt(Spec& spec, const MediaShape& shape) {
  if (!shape.samples || shape.rows || spec.has("format") || spec.has("channels")) return;
  if (shape.samples->format == SampleFormat::kS16) spec.set("format", "s16");
  if (shape.samples->channels == 2) spec.set("channels", "2");
}

std::string version() { return FLAC__VERSION_STRING; }

constexpr OptionInfo kOptions[] = {
    {.key = "level", .min = 0, .max = 8, .fallback = "8"},
    {.key = "format", .kind = OptionInfo::Kind::kChoice, .choices = "u8 s16", .fallback = "u8"},
    {.key = "channels", .min = 1, .max = 2, .fallback = "1", .unit = "number of channels"}};

}  // namespace

FlacOptions flac_options(const Spec& spec) {
  return {.level = static_cast<int>(spec.number("level")),
          .format = sample_format(spec.get("format")),
          .channels = spec.number("channels")};
}

std::unique_ptr<Codec> make_flac(const FlacOptions& options) {
  return std::make_unique<FlacCodec>(options);
}

constinit const ModelInfo kFlac{.name = "flac",
                                .summary = "the bytes as sound at 16 kHz",
                                .options = kOptions,
                                .extension = ".flac",
                                .detects_damage = true,
                                .make_codec = make,
                                .make_predictor = make_flac_predictor,
                                .make_decoder_sampler = make_flac_decoder_sampler,
                                .tables = "linear predictors and Rice codes of its last frames",
                                .adapt = adapt,
                                .library = "libFLAC",
                                .library_version = version};

namespace {

constexpr std::size_t kGrain = 4;  // candidates per range, at up to some milliseconds each

// STREAMINFO begins with the least size of a block in samples: in a stream of equal blocks, the
// size of all but the last.
constexpr std::size_t kBlockSizeAt = 8;

// The bytes of a frame's number, as in UTF-8 (RFC 9639, section 9.1.5).
std::size_t number_bytes(std::uint64_t number) {
  if (number < 0x80) return 1;
  std::size_t bytes = 2;
  while (number >> (5 * bytes + 1) != 0) ++bytes;
  return bytes;
}

class FlacSession final : public Session {
 public:
  FlacSession(const Codec& codec, std::size_t frame_bytes, Units units)
      : codec_(codec), units_(units) {
    const Bytes nothing = codec.compress({});
    const std::size_t samples = nothing[kBlockSizeAt] << 8U | nothing[kBlockSizeAt + 1];
    block_bytes_ = samples * frame_bytes;
  }

  void append(ByteView bytes) override {
    while (!bytes.empty()) {
      if (open_.size() == block_bytes_) close_block();
      const ByteView part = bytes.first(std::min(bytes.size(), block_bytes_ - open_.size()));
      open_.insert(open_.end(), part.begin(), part.end());
      bytes = bytes.subspan(part.size());
    }
  }

  double bits() const override { return measure_open_block(); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        check_interrupt();
        FlacSession copy(*this);
        copy.append(candidates[i]);
        out[i] = copy.bits();
      }
    });
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<FlacSession>(*this); }

  std::string describe() const override {
    return "by coding the last block again for each candidate";
  }

 private:
  // A full block, which from now on stays what it is.
  void close_block() {
    const Bytes stream = codec_.compress(open_);
    const flac::StreamEnd end = flac::read_end(stream);
    assert(end.frames == 1);
    closed_bits_ += flac_bits(stream, Units::kBytes) -
                    8.0 * static_cast<double>(end.metadata_bytes) + more_number_bits();
    ++frames_;
    open_.clear();
  }

  // Alone the open block's frame has the number 0; this is what its number takes more after frames_
  // others.
  [[nodiscard]] double more_number_bits() const {
    return 8.0 * static_cast<double>(number_bytes(frames_) - 1);
  }

  // The metadata of the whole stream have the size of those of its last block alone.
  [[nodiscard]] double measure_open_block() const {
    return closed_bits_ + flac_bits(codec_.compress(open_), units_) + more_number_bits();
  }

  const Codec& codec_;
  Units units_;
  std::size_t block_bytes_ = 0;
  double closed_bits_ = 0;    // of their frames
  std::uint64_t frames_ = 0;  // that are done
  Bytes open_;                // what comes after them; empty at the beginning alone
};

}  // namespace

std::unique_ptr<Session> start_flac_session(const Codec& codec, std::size_t frame_bytes,
                                            Units units) {
  return std::make_unique<FlacSession>(codec, frame_bytes, units);
}

double flac_bits(ByteView stream, Units units) {
  const double bits = 8.0 * static_cast<double>(stream.size());
  return units == Units::kBytes ? bits : bits - flac::read_end(stream).padding;
}

}  // namespace zipdream
