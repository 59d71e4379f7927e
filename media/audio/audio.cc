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
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "media/audio/containers.h"
#include "media/audio/mpeg.h"
#include "media/audio/samples.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kFramesPerRead = 4096;
constexpr int kAnyRate = 16000;  // of raw PCM, which has no header that would keep it

// A file in memory that libsndfile reads and writes through callbacks. Opened on bytes that the
// caller keeps alive, a header and the rest, for reading, or empty and growing, for writing. Not
// copied: what it reads may be its own.
class MemoryFile {
 public:
  MemoryFile() = default;                                // for writing
  explicit MemoryFile(ByteView bytes) : read_(bytes) {}  // for reading
  MemoryFile(ByteView header, ByteView rest) : header_(header), read_(rest) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t size() const { return header_.size() + read_.size(); }

  // As with any file: there is nothing to read beyond the end, and no place before the beginning;
  // returns whether it has moved. What a header asks for may be more than there are numbers.
  bool seek(std::int64_t from, std::int64_t offset) {
    constexpr std::int64_t kFurthest = std::numeric_limits<std::int64_t>::max();
    if (offset < -from) return false;
    position_ = static_cast<std::size_t>(offset > kFurthest - from ? kFurthest : from + offset);
    return true;
  }

  // Copies up to `count` bytes and returns how many there were.
  std::size_t read(void* to, std::size_t count) {
    std::size_t copied = 0;
    std::size_t begin = 0;  // of the piece
    for (const ByteView piece : {header_, read_}) {
      if (position_ < begin) break;
      const std::size_t at = std::min(position_ - begin, piece.size());
      const std::size_t size = std::min(count - copied, piece.size() - at);
      if (size > 0) std::memcpy(static_cast<Byte*>(to) + copied, piece.data() + at, size);
      copied += size;
      position_ += size;
      begin += piece.size();
    }
    return copied;
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
  ByteView header_;
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
    const bool has_moved = file.seek(static_cast<sf_count_t>(from), offset);
    return has_moved ? static_cast<sf_count_t>(file.position()) : -1;
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

// With libsndfile's own words for a file that it knows and can't read.
Error unreadable() {
  const int error = sf_error(nullptr);
  const bool is_known = error != SF_ERR_NO_ERROR && error != SF_ERR_UNRECOGNISED_FORMAT;
  std::string reason = is_known ? sf_error_number(error) : "";
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return Error("damaged, or no audio in a known format" +
               (reason.empty() ? "" : " (" + reason + ")") +
               "; give a WAV, FLAC, Ogg, MP3, AIFF or AU file");
}

Error truncated(std::size_t found, sf_count_t expected) {
  return Error("truncated audio file: it holds " + std::to_string(found) + " of the " +
               std::to_string(expected) +
               " frames that its header promises; get a complete copy of it");
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

// ---- Resampling ----

struct DeleteState {
  void operator()(SRC_STATE* state) const { src_delete(state); }
};

Error cannot_resample(int from, int to, const std::string& reason, const std::string& remedy) {
  return Error("cannot resample from " + std::to_string(from) + " Hz, as the file says, to " +
               std::to_string(to) + " Hz: " + reason + "; " + remedy);
}

Error cannot_resample(int from, int to, int error) {
  const char* reason = src_strerror(error);
  return cannot_resample(from, to, reason != nullptr ? reason : "unknown error",
                         "choose another `rate`");
}

}  // namespace

Audio decode_audio(ByteView file, std::size_t max_samples, Channels wanted) {
  const AudioFile mended = mend_audio_file(file);
  if (mended.is_mpeg) return decode_mpeg(mended.rest, max_samples, wanted);
  MemoryFile source(mended.header, mended.rest);
  SF_INFO info{};
  const File opened = open(source, SFM_READ, info);
  if (opened == nullptr || info.channels < 1 || info.samplerate < 1) throw unreadable();
  const auto channels = static_cast<std::size_t>(info.channels);
  SampleCollector audio(info.samplerate, channels, max_samples, wanted);
  const bool length_known = info.frames < SF_COUNT_MAX;
  if (length_known) audio.check_length(static_cast<std::size_t>(info.frames));
  std::vector<float> frames(kFramesPerRead * channels);
  while (const sf_count_t count = sf_readf_float(opened.get(), frames.data(), kFramesPerRead)) {
    audio.add(std::span(frames).first(static_cast<std::size_t>(count) * channels));
  }
  if (const int error = sf_error(opened.get()); error != SF_ERR_NO_ERROR) {
    throw Error("damaged audio file: " + std::string(sf_error_number(error)) +
                "; get an intact copy of it");
  }
  if (length_known && audio.frames() < static_cast<std::size_t>(info.frames)) {
    throw truncated(audio.frames(), info.frames);
  }
  return audio.take();
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
  if (!src_is_valid_ratio(ratio)) {
    throw cannot_resample(audio.rate, rate, "more than 256 times apart",
                          "correct the rate in the file's header, or choose a nearer `rate`");
  }
  int error = 0;
  const std::unique_ptr<SRC_STATE, DeleteState> state(
      src_new(SRC_SINC_BEST_QUALITY, static_cast<int>(audio.channels), &error));
  if (state == nullptr) throw cannot_resample(audio.rate, rate, error);
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
