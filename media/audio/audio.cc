// SPDX-License-Identifier: Apache-2.0
// Audio files and raw PCM through libsndfile, on files in memory, and resampling by libsamplerate.
// Raw PCM is a file format to libsndfile ("RAW"), so that every conversion of samples is its own.
//
// Whole numbers travel as 32-bit integers, in which a sample of fewer bits takes the top ones; that
// is exact both ways. Floats are written with clipping switched on, for two reasons: without it,
// values beyond 1 wrap around, and 8-bit samples are scaled by 127 when written but by 1/128 when
// read.
#include "media/audio/audio.h"

#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kFramesPerRead = 4096;
constexpr int kAnyRate = 16000;  // of raw PCM, which has no header that would keep it

// A file in memory that libsndfile reads and writes through callbacks. Opened on bytes that the
// caller keeps alive, for reading, or empty and growing, for writing. Not copied: what it reads may
// be its own.
class MemoryFile {
 public:
  MemoryFile() = default;                                // for writing
  explicit MemoryFile(ByteView bytes) : read_(bytes) {}  // for reading
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t size() const { return read_.size(); }

  // Positions never leave [0, size()]: seeking beyond an end stops there.
  void seek(std::int64_t position) {
    position_ = static_cast<std::size_t>(
        std::clamp<std::int64_t>(position, 0, static_cast<std::int64_t>(size())));
  }

  // Copies up to `count` bytes and returns how many there were.
  std::size_t read(void* to, std::size_t count) {
    const std::size_t available = std::min(count, size() - position_);
    if (available > 0) std::memcpy(to, read_.data() + position_, available);
    position_ += available;
    return available;
  }

  // Overwrites what is there and appends the rest. REQUIRES: opened for writing.
  void write(const void* from, std::size_t count) {
    assert(read_.size() == written_.size());
    if (count == 0) return;
    const std::size_t end = position_ + count;
    if (end > written_.size()) written_.resize(end);
    std::memcpy(written_.data() + position_, from, count);
    position_ = end;
    read_ = written_;
  }

  // What was written. REQUIRES: opened for writing; the file is empty afterwards.
  [[nodiscard]] Bytes take() {
    position_ = 0;
    read_ = {};
    return std::exchange(written_, {});
  }

 private:
  Bytes written_;
  ByteView read_;  // of written_, or of the caller's bytes
  std::size_t position_ = 0;
};

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, Close>;

MemoryFile& memory(void* user_data) { return *static_cast<MemoryFile*>(user_data); }

SF_VIRTUAL_IO memory_io() {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* user) { return static_cast<sf_count_t>(memory(user).size()); };
  io.tell = [](void* user) { return static_cast<sf_count_t>(memory(user).position()); };
  io.seek = [](sf_count_t offset, int whence, void* user) {
    MemoryFile& file = memory(user);
    const std::size_t from =
        whence == SEEK_CUR ? file.position() : (whence == SEEK_END ? file.size() : 0);
    file.seek(static_cast<sf_count_t>(from) + offset);
    return static_cast<sf_count_t>(file.position());
  };
  io.read = [](void* to, sf_count_t count, void* user) {
    return static_cast<sf_count_t>(memory(user).read(to, static_cast<std::size_t>(count)));
  };
  io.write = [](const void* from, sf_count_t count, void* user) {
    memory(user).write(from, static_cast<std::size_t>(count));
    return count;
  };
  return io;
}

// Null when libsndfile refuses. `file` must outlive the result.
File open(MemoryFile& file, int mode, SF_INFO& info) {
  SF_VIRTUAL_IO io = memory_io();
  return File(sf_open_virtual(&io, mode, &info, &file));
}

SF_INFO describe(int rate, int format, int channels) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  return info;
}

int encoding(SampleFormat format) {
  switch (format) {
    case SampleFormat::kU8:
      return SF_FORMAT_PCM_U8;
    case SampleFormat::kMulaw:
      return SF_FORMAT_ULAW;
    case SampleFormat::kS16:
      return SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
  }
  return 0;
}

File open_raw(MemoryFile& file, int mode, SampleFormat format) {
  SF_INFO info = describe(kAnyRate, SF_FORMAT_RAW | encoding(format), 1);
  File opened = open(file, mode, info);
  if (opened == nullptr) {
    throw Error("libsndfile cannot convert raw samples; install libsndfile 1.2 or newer");
  }
  return opened;
}

File open_for_writing(MemoryFile& file, int rate, int format, int channels) {
  SF_INFO info = describe(rate, format, channels);
  File opened = open(file, SFM_WRITE, info);
  if (opened == nullptr) {
    throw Error("cannot write audio of " + std::to_string(rate) +
                " Hz to this kind of file; choose another rate, such as 16000");
  }
  return opened;
}

Error truncated(std::size_t found, sf_count_t expected) {
  return Error("truncated audio file: it holds " + std::to_string(found) + " of the " +
               std::to_string(expected) +
               " frames that its header promises; get a complete copy of it");
}

void check_numbers(std::span<const float> samples, std::size_t before) {
  const auto bad = std::ranges::find_if(samples, [](float s) { return !std::isfinite(s); });
  if (bad == samples.end()) return;
  throw Error("damaged audio file: sample " +
              std::to_string(before + static_cast<std::size_t>(bad - samples.begin())) +
              " is not a number; get an intact copy of it");
}

// The samples of each frame, averaged, are appended to `means`.
void append_means(std::span<const float> samples, std::size_t channels, std::vector<float>& means) {
  for (; !samples.empty(); samples = samples.subspan(channels)) {
    const auto frame = samples.first(channels);
    means.push_back(std::accumulate(frame.begin(), frame.end(), 0.0F) /
                    static_cast<float>(channels));
  }
}

Bytes pack_wav(ByteView pcm, SampleFormat format, int rate, int channels) {
  MemoryFile file;
  File wav = open_for_writing(file, rate, SF_FORMAT_WAV | encoding(format), channels);
  sf_write_raw(wav.get(), pcm.data(), static_cast<sf_count_t>(pcm.size()));
  wav.reset();  // completes the header
  return file.take();
}

Bytes pack_flac(ByteView pcm, SampleFormat format, int rate, int level, int channels) {
  std::vector<int> samples(pcm.size() / bytes_per_sample(format));
  const auto count = static_cast<sf_count_t>(samples.size());
  MemoryFile raw(pcm);
  sf_read_int(open_raw(raw, SFM_READ, format).get(), samples.data(), count);

  MemoryFile file;
  const bool eight_bits = format == SampleFormat::kU8;
  File flac = open_for_writing(
      file, rate, SF_FORMAT_FLAC | (eight_bits ? SF_FORMAT_PCM_S8 : SF_FORMAT_PCM_16), channels);
  double fraction = level / 8.0;
  sf_command(flac.get(), SFC_SET_COMPRESSION_LEVEL, &fraction, sizeof fraction);
  // Else the header would come with the first samples, and audio without samples would be a file
  // without bytes.
  sf_command(flac.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
  if (sf_write_int(flac.get(), samples.data(), count) != count) {
    throw Error("libsndfile cannot write FLAC: " + std::string(sf_strerror(flac.get())) +
                "; choose WAV");
  }
  flac.reset();  // writes the last block, the length and the MD5
  return file.take();
}

// ---- Whether a WAV file is as long as its header says: the one thing that libsndfile does not
// tell, which reads a file that breaks off as shorter audio. ----

// The sizes that headers get which are written into pipes: ffmpeg writes the largest number, sox
// one of just under 2 GiB.
constexpr std::size_t kUnknownWavSize = 0x7ffff000;

std::size_t little_endian(ByteView bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

// What the data chunk is counted in: frames, where each has the same number of bytes.
struct Unit {
  std::size_t bytes = 1;
  std::string name = "bytes";
};

// A format chunk is: format (2), channels (2), rate (4), bytes per second (4), bytes per block (2),
// ... A block is one frame in the formats PCM, float, A-law, mu-law and "extensible".
Unit unit_of(ByteView format_chunk) {
  if (format_chunk.size() < 14) return {};
  const std::size_t format = little_endian(format_chunk.first(2));
  const std::size_t block = little_endian(format_chunk.subspan(12, 2));
  const bool frames = format == 1 || format == 3 || format == 6 || format == 7 || format == 0xfffe;
  return frames && block > 0 ? Unit{block, "frames"} : Unit{};
}

// Throws Error when `file` is a WAV file whose samples break off. Does nothing for other files, nor
// for WAV files of a size that was unknown when their header was written, as programs write into
// pipes. A WAV file is "RIFF", size (4), "WAVE", and then chunks: name (4), size (4), data, padded
// to an even size.
void check_wav_is_whole(ByteView file) {
  const std::string_view text = as_chars(file);
  if (!text.starts_with("RIFF") || text.size() < 12 || text.substr(8, 4) != "WAVE") return;
  Unit unit;
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::string_view name = text.substr(at, 4);
    const std::size_t size = little_endian(file.subspan(at + 4, 4));
    at += 8;
    const ByteView chunk = file.subspan(at, std::min(size, file.size() - at));
    if (name == "fmt ") {
      unit = unit_of(chunk);
    } else if (name == "data") {
      if (chunk.size() < size && size < kUnknownWavSize) {
        throw Error("truncated WAV file: it holds " + std::to_string(chunk.size() / unit.bytes) +
                    " of the " + std::to_string(size / unit.bytes) + " " + unit.name +
                    " that its header promises; get a complete copy of it");
      }
      return;
    }
    at += std::min(size + size % 2, file.size() - at);
  }
  throw Error("truncated WAV file: it ends before its samples; get a complete copy of it");
}

// ---- Resampling ----

struct DeleteState {
  void operator()(SRC_STATE* state) const { src_delete(state); }
};

Error cannot_resample(int from, int to, int error) {
  const char* reason = src_strerror(error);
  return Error("cannot resample from " + std::to_string(from) + " to " + std::to_string(to) +
               " Hz: " + (reason != nullptr ? reason : "unknown error") +
               "; choose rates at most 256 times apart");
}

}  // namespace

Audio decode_audio(ByteView file, std::size_t max_samples, Channels wanted) {
  check_wav_is_whole(file);
  MemoryFile source(file);
  SF_INFO info{};
  const File opened = open(source, SFM_READ, info);
  if (opened == nullptr || info.channels < 1 || info.samplerate < 1) {
    throw Error(
        "damaged, or no audio in a known format; give a WAV, FLAC, Ogg, MP3, AIFF or AU file");
  }
  const auto channels = static_cast<std::size_t>(info.channels);
  if (wanted == Channels::kStereo && channels != 2) {
    throw Error("the audio has " + std::to_string(channels) +
                (channels == 1 ? " channel" : " channels") + ", not two; take `channels` mono");
  }
  const Error too_long("the audio is too long: more than " + std::to_string(max_samples) +
                       " samples; cut it first");
  const bool length_known = info.frames < SF_COUNT_MAX;
  if (length_known && static_cast<std::size_t>(info.frames) > max_samples) throw too_long;
  const bool mix = wanted == Channels::kMono;
  Audio audio{info.samplerate, {}, mix ? 1 : channels};
  std::vector<float> frames(kFramesPerRead * channels);
  while (const sf_count_t count = sf_readf_float(opened.get(), frames.data(), kFramesPerRead)) {
    const auto read = std::span(frames).first(static_cast<std::size_t>(count) * channels);
    check_numbers(read, audio.frames() * channels);
    if (mix) {
      append_means(read, channels, audio.samples);
    } else {
      audio.samples.insert(audio.samples.end(), read.begin(), read.end());
    }
    if (audio.frames() > max_samples) throw too_long;
  }
  if (const int error = sf_error(opened.get()); error != SF_ERR_NO_ERROR) {
    throw Error("damaged audio file: " + std::string(sf_error_number(error)) +
                "; get an intact copy of it");
  }
  if (length_known && audio.frames() < static_cast<std::size_t>(info.frames)) {
    throw truncated(audio.frames(), info.frames);
  }
  return audio;
}

Audio to_mono(const Audio& audio) {
  Audio mono{audio.rate, {}};
  append_means(audio.samples, audio.channels, mono.samples);
  return mono;
}

Bytes to_pcm(const Audio& audio, SampleFormat format) {
  std::vector<float> clipped(audio.samples.size());
  std::transform(audio.samples.begin(), audio.samples.end(), clipped.begin(), [](float sample) {
    return std::isnan(sample) ? 0.0F : std::clamp(sample, -1.0F, 1.0F);  // mu-law has no clipping
  });
  MemoryFile raw;
  File opened = open_raw(raw, SFM_WRITE, format);
  sf_command(opened.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
  sf_write_float(opened.get(), clipped.data(), static_cast<sf_count_t>(clipped.size()));
  opened.reset();
  return raw.take();
}

Audio from_pcm(ByteView pcm, SampleFormat format, int rate, std::size_t channels) {
  assert(pcm.size() % (channels * bytes_per_sample(format)) == 0);
  Audio audio{rate, std::vector<float>(pcm.size() / bytes_per_sample(format)), channels};
  MemoryFile raw(pcm);
  sf_read_float(open_raw(raw, SFM_READ, format).get(), audio.samples.data(),
                static_cast<sf_count_t>(audio.samples.size()));
  return audio;
}

Bytes pack_pcm(ByteView pcm, SampleFormat format, int rate, AudioContainer container, int level,
               int channels) {
  assert(rate > 0 && level >= 0 && level <= 8 && channels >= 1 && channels <= 8);
  assert(pcm.size() % (static_cast<std::size_t>(channels) * bytes_per_sample(format)) == 0);
  return container == AudioContainer::kWav ? pack_wav(pcm, format, rate, channels)
                                           : pack_flac(pcm, format, rate, level, channels);
}

Audio resample(const Audio& audio, int rate) {
  assert(audio.rate > 0 && rate > 0);
  if (audio.rate == rate || audio.samples.empty()) return {rate, audio.samples, audio.channels};
  const double ratio = static_cast<double>(rate) / audio.rate;
  int error = 0;
  const std::unique_ptr<SRC_STATE, DeleteState> state(
      src_new(SRC_SINC_BEST_QUALITY, static_cast<int>(audio.channels), &error));
  if (state == nullptr || !src_is_valid_ratio(ratio))
    throw cannot_resample(audio.rate, rate, error);
  const auto frames =
      static_cast<std::size_t>(std::llround(static_cast<double>(audio.frames()) * ratio));
  Audio resampled{rate, std::vector<float>(frames * audio.channels), audio.channels};
  SRC_DATA data{};
  data.data_in = audio.samples.data();
  data.input_frames = static_cast<long>(audio.frames());
  data.data_out = resampled.samples.data();
  data.output_frames = static_cast<long>(frames);
  data.src_ratio = ratio;
  data.end_of_input = 1;
  // One call may stop before the output is full; the filter then still holds the end of the audio.
  // What it leaves unfilled at last, at most a sample or two of rounding, stays silent.
  while (data.output_frames > 0) {
    if (error = src_process(state.get(), &data); error != 0)
      throw cannot_resample(audio.rate, rate, error);
    if (data.output_frames_gen == 0 && data.input_frames_used == 0) break;
    data.data_in += data.input_frames_used * static_cast<long>(audio.channels);
    data.input_frames -= data.input_frames_used;
    data.data_out += data.output_frames_gen * static_cast<long>(audio.channels);
    data.output_frames -= data.output_frames_gen;
  }
  return resampled;
}

}  // namespace zipdream
