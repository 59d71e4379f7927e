// SPDX-License-Identifier: Apache-2.0
// Everything that libsndfile, libmpg123, libsamplerate and libFLAC do for zipdream: audio files to
// samples and back, raw PCM in the formats in which codecs see audio, resampling. All functions may
// be called from many threads at once. Where zipdream was built without audio
// (ZIPDREAM_BUILD_AUDIO), each throws an Error that says so.
#pragma once

#include <cstddef>
#include <vector>

#include "media/media.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Audio in memory: one float per sample in [-1, 1] (files of floats may hold louder ones).
struct Audio {
  int rate = 0;                // frames per second; a frame is one sample of each channel
  std::vector<float> samples;  // frame after frame
  std::size_t channels = 1;

  [[nodiscard]] std::size_t frames() const { return samples.size() / channels; }
  [[nodiscard]] double seconds() const {
    return rate > 0 ? static_cast<double>(frames()) / rate : 0;
  }
};

enum class AudioContainer { kWav, kFlac };

enum class Channels {
  kMono,    // averaged
  kStereo,  // left and right
};

// Decodes any file that libsndfile or libmpg123 reads, tags in front or not; for kStereo it has to
// have two channels. Memory grows with what the file holds, not with what its header promises.
// Throws Error when it is no audio, is longer than `max_samples` per channel, holds samples that
// are no numbers, or is truncated: WAV and FLAC files and MP3s with a Xing frame tell how long they
// should be (a file whose size was not known when its header was written doesn't, and is read to
// its end); of other formats libsndfile returns what is there. Damage within is found only in
// formats with checksums, FLAC and Ogg.
[[nodiscard]] Audio decode_audio(ByteView file, std::size_t max_samples,
                                 Channels channels = Channels::kMono);

// One channel, which is the mean of all.
[[nodiscard]] Audio to_mono(const Audio& audio);

// Band-limited resampling (libsamplerate, best sinc) to round(frames x rate / audio.rate) frames,
// the same ones each time. The same rate returns the audio unchanged. Throws Error when the rates
// are more than 256 times apart. REQUIRES: both rates are positive.
[[nodiscard]] Audio resample(const Audio& audio, int rate);

// Samples as raw PCM bytes and back. to_pcm clips to the range of the format, makes silence of NaN
// and rounds towards minus infinity, so that a 16-bit sample becomes its upper byte + 128, as in
// the paper. to_pcm(from_pcm(pcm)) is pcm, but for mu-law's negative zero 7F, which becomes FF.
// from_pcm REQUIRES: pcm.size() is a multiple of channels x bytes_per_sample(format).
[[nodiscard]] Bytes to_pcm(const Audio& audio, SampleFormat format);
[[nodiscard]] Audio from_pcm(ByteView pcm, SampleFormat format, int rate, std::size_t channels = 1);

// A complete WAV or FLAC file that holds exactly these PCM samples, which may be none (FLAC has no
// mu-law: it is expanded to 16 bits), channels interleaved. `level` 0..8 is FLAC's compression
// level; WAV ignores it. Throws Error for rates that the container can't hold (FLAC ends at 655350
// Hz). REQUIRES: pcm.size() is a multiple of channels x bytes_per_sample(format), rate > 0,
// channels is 1..8.
[[nodiscard]] Bytes pack_pcm(ByteView pcm, SampleFormat format, int rate, AudioContainer container,
                             int level = 5, int channels = 1);

// Whether a FLAC file must hold the MD5 of its samples.
enum class FlacMd5 { kRequired, kOptional };

// What pack_pcm(pcm, format, rate, kFlac, level, channels) was given. Throws Error when the file is
// of another kind, holds more than `max_size` bytes of samples, or is not whole: every CRC, the MD5
// of the samples and the stream's end are checked. REQUIRES: the format is not mu-law.
[[nodiscard]] Bytes unpack_flac(ByteView file, SampleFormat format, int channels,
                                std::size_t max_size, FlacMd5 md5 = FlacMd5::kRequired);

// unpack_flac() for one channel of 8 bits.
[[nodiscard]] Bytes unpack_flac_u8(ByteView file, std::size_t max_size,
                                   FlacMd5 md5 = FlacMd5::kRequired);

}  // namespace zipdream
