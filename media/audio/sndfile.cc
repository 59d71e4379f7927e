// SPDX-License-Identifier: Apache-2.0
// Sound files and raw PCM through libsndfile, on files in memory. Raw PCM is a file format to
// libsndfile
// ("RAW"), so that every conversion of samples is its own.
//
// Whole numbers travel as 32-bit integers, in which a sample of fewer bits takes the top ones; that
// is exact both ways. Floats are written with clipping switched on, for two reasons: without it,
// values beyond 1 wrap around, and 8-bit samples are scaled by 127 when written but by 1/128 when
// read.
#include <sndfile.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "media/audio/audio.h"
#include "media/audio/memory_file.h"
#include "media/audio/wav_header.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kFramesPerRead = 4096;
constexpr int kAnyRate = 16000;  // of raw PCM, which has no header that would keep it

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
    throw Error("cannot write a sound of " + std::to_string(rate) +
                " Hz to this kind of file; choose another rate, such as 16000");
  }
  return opened;
}

Error truncated(std::size_t found, sf_count_t expected) {
  return Error("truncated sound file: it holds " + std::to_string(found) + " of the " +
               std::to_string(expected) +
               " frames that its header promises; get a complete copy of it");
}

void check_numbers(std::span<const float> samples, std::size_t before) {
  const auto bad = std::ranges::find_if(samples, [](float s) { return !std::isfinite(s); });
  if (bad == samples.end()) return;
  throw Error("damaged sound file: sample " +
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
  double share = level / 8.0;
  sf_command(flac.get(), SFC_SET_COMPRESSION_LEVEL, &share, sizeof share);
  // Else the header would come with the first samples, and a sound of none would be a file of no
  // bytes.
  sf_command(flac.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
  if (sf_write_int(flac.get(), samples.data(), count) != count) {
    throw Error("libsndfile cannot write FLAC: " + std::string(sf_strerror(flac.get())) +
                "; choose WAV");
  }
  flac.reset();  // writes the last block, the length and the MD5
  return file.take();
}

}  // namespace

std::size_t bytes_per_sample(SampleFormat format) { return format == SampleFormat::kS16 ? 2 : 1; }

Sound decode_sound(ByteView file, std::size_t max_samples, Channels wanted) {
  check_wav_is_whole(file);
  MemoryFile source(file);
  SF_INFO info{};
  const File opened = open(source, SFM_READ, info);
  if (opened == nullptr || info.channels < 1 || info.samplerate < 1) {
    throw Error(
        "damaged, or no sound in a known format; give a WAV, FLAC, Ogg, MP3, AIFF or AU file");
  }
  const auto channels = static_cast<std::size_t>(info.channels);
  if (wanted == Channels::kStereo && channels != 2) {
    throw Error("the sound has " + std::to_string(channels) +
                (channels == 1 ? " channel" : " channels") + ", not two; take it as mono");
  }
  const Error too_long("the sound is too long: more than " + std::to_string(max_samples) +
                       " samples; cut it first");
  const bool length_known = info.frames < SF_COUNT_MAX;
  if (length_known && static_cast<std::size_t>(info.frames) > max_samples) throw too_long;
  const bool mix = wanted == Channels::kMono;
  Sound sound{info.samplerate, {}, mix ? 1 : channels};
  std::vector<float> frames(kFramesPerRead * channels);
  while (const sf_count_t count = sf_readf_float(opened.get(), frames.data(), kFramesPerRead)) {
    const auto read = std::span(frames).first(static_cast<std::size_t>(count) * channels);
    check_numbers(read, sound.frames() * channels);
    if (mix) {
      append_means(read, channels, sound.samples);
    } else {
      sound.samples.insert(sound.samples.end(), read.begin(), read.end());
    }
    if (sound.frames() > max_samples) throw too_long;
  }
  if (const int error = sf_error(opened.get()); error != SF_ERR_NO_ERROR) {
    throw Error("damaged sound file: " + std::string(sf_error_number(error)) +
                "; get an intact copy of it");
  }
  if (length_known && sound.frames() < static_cast<std::size_t>(info.frames)) {
    throw truncated(sound.frames(), info.frames);
  }
  return sound;
}

Sound to_mono(const Sound& sound) {
  Sound mono{sound.rate, {}};
  append_means(sound.samples, sound.channels, mono.samples);
  return mono;
}

Bytes to_pcm(const Sound& sound, SampleFormat format) {
  std::vector<float> clipped(sound.samples.size());
  std::transform(sound.samples.begin(), sound.samples.end(), clipped.begin(), [](float sample) {
    return std::isnan(sample) ? 0.0F : std::clamp(sample, -1.0F, 1.0F);  // mu-law has no clipping
  });
  MemoryFile raw;
  File opened = open_raw(raw, SFM_WRITE, format);
  sf_command(opened.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
  sf_write_float(opened.get(), clipped.data(), static_cast<sf_count_t>(clipped.size()));
  opened.reset();
  return raw.take();
}

Sound from_pcm(ByteView pcm, SampleFormat format, int rate, std::size_t channels) {
  assert(pcm.size() % (channels * bytes_per_sample(format)) == 0);
  Sound sound{rate, std::vector<float>(pcm.size() / bytes_per_sample(format)), channels};
  MemoryFile raw(pcm);
  sf_read_float(open_raw(raw, SFM_READ, format).get(), sound.samples.data(),
                static_cast<sf_count_t>(sound.samples.size()));
  return sound;
}

Bytes pack_pcm(ByteView pcm, SampleFormat format, int rate, SoundContainer container, int level,
               int channels) {
  assert(rate > 0 && level >= 0 && level <= 8 && channels >= 1 && channels <= 8);
  assert(pcm.size() % (static_cast<std::size_t>(channels) * bytes_per_sample(format)) == 0);
  return container == SoundContainer::kWav ? pack_wav(pcm, format, rate, channels)
                                           : pack_flac(pcm, format, rate, level, channels);
}

}  // namespace zipdream
