// SPDX-License-Identifier: Apache-2.0
// How a sound becomes a sequence: mono or stereo, resampled to the wanted rate, one or two bytes
// per sample.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/files.h"
#include "media/image/imaging.h"
#include "media/media_job.h"
#include "media/output_name.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr int kMinRate = 1000;
constexpr int kMaxRate = 384000;
constexpr double kMaxSeconds = 3600;
constexpr int kPngLevel = 9;
constexpr int kFlacLevel = 5;

std::string_view format_name(SampleFormat format) {
  switch (format) {
    case SampleFormat::kU8:
      return "8-bit";
    case SampleFormat::kMulaw:
      return "mu-law";
    case SampleFormat::kS16:
      return "16-bit";
  }
  return "";
}

// Written so that NaN fails each test.
void check_options(const AudioOptions& options) {
  if (options.rate < kMinRate || options.rate > kMaxRate) {
    throw Error::of_option("rate", fmt::format("{}", options.rate),
                           fmt::format("must be {} to {} Hz", kMinRate, kMaxRate), "");
  }
  if (!(options.seconds > 0 && options.seconds <= kMaxSeconds)) {
    throw Error::of_option("seconds", fmt::format("{}", options.seconds),
                           fmt::format("must be above 0 and at most {}", kMaxSeconds), "");
  }
  if (!(options.prompt_seconds >= 0 && options.prompt_seconds <= kMaxSeconds)) {
    throw Error::of_option("prompt_seconds", fmt::format("{}", options.prompt_seconds),
                           fmt::format("must be 0 (all) to {}", kMaxSeconds), "");
  }
}

std::size_t frames_in(double seconds, int rate) {
  return static_cast<std::size_t>(std::max(1LL, std::llround(seconds * rate)));
}

Sound load_sound(ByteView file, const AudioOptions& options) {
  Sound sound =
      resample(decode_sound(file, kMaxInputBytes / sizeof(float), options.channels), options.rate);
  if (sound.samples.empty()) throw Error("the sound has no samples; give one that has");
  return sound;
}

// How many frames of the sound are given.
std::size_t prompt_frames(const Sound& sound, const AudioOptions& options) {
  if (options.prompt_seconds == 0) return sound.frames();
  const std::size_t wanted = frames_in(options.prompt_seconds, options.rate);
  if (wanted > sound.frames()) {
    throw Error::of_option("prompt_seconds", fmt::format("{}", options.prompt_seconds),
                           fmt::format("the sound is only {:.3f} s long", sound.seconds()),
                           "lower it");
  }
  return wanted;
}

class AudioJob final : public MediaJob {
 public:
  AudioJob(const Sound& sound, const AudioOptions& options)
      : rate_(options.rate),
        format_(options.format),
        channels_(sound.channels),
        frame_bytes_(channels_ * bytes_per_sample(format_)) {
    const std::size_t given = prompt_frames(sound, options);
    prompt_seconds_ = static_cast<double>(given) / options.rate;
    sequence_.count = frames_in(options.seconds, options.rate) * frame_bytes_;
    const Bytes pcm = to_pcm(sound, options.format);
    const std::size_t size = given * frame_bytes_;
    sequence_.prompt.assign(pcm.begin(), pcm.begin() + static_cast<std::ptrdiff_t>(size));
    const ByteView rest = ByteView(pcm).subspan(size);
    const ByteView reference = rest.first(std::min(rest.size(), sequence_.count));
    if (!reference.empty()) reference_.emplace_back(reference.begin(), reference.end());
  }

  [[nodiscard]] Media media() const override { return Media::kAudio; }
  [[nodiscard]] std::span<const Sequence> sequences() const override { return {&sequence_, 1}; }
  [[nodiscard]] std::span<const Bytes> reference() const override { return reference_; }

  [[nodiscard]] std::optional<SampleShape> samples() const override {
    return SampleShape{.format = format_, .channels = channels_};
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("audio: {} {} Hz{}, {:.2f} s given", format_name(format_), rate_,
                       channels_ == 2 ? " stereo" : "", prompt_seconds_);
  }

  void check_output_name(std::string_view path) const override {
    (void)ending_of(path, {"wav", "flac"}, "a sound");
  }

  [[nodiscard]] Bytes file(std::span<const Bytes> continuations,
                           std::string_view path) const override {
    const bool flac = ending_of(path, {"wav", "flac"}, "a sound") == "flac";
    return pack_pcm(pcm(continuations), format_, rate_,
                    flac ? SoundContainer::kFlac : SoundContainer::kWav, kFlacLevel,
                    static_cast<int>(channels_));
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> continuations) const override {
    const Sound sound = to_mono(from_pcm(pcm(continuations), format_, rate_, channels_));
    const Image picture = imaging().draw_spectrogram({sound.samples, rate_, prompt_seconds_});
    return imaging().encode_png(picture, kPngLevel);
  }

 private:
  // The whole frames of prompt and continuation; an interrupted one is simply shorter.
  [[nodiscard]] Bytes pcm(std::span<const Bytes> continuations) const {
    Bytes bytes = sequence_.prompt;
    bytes.insert(bytes.end(), continuations[0].begin(), continuations[0].end());
    bytes.resize(bytes.size() - bytes.size() % frame_bytes_);
    return bytes;
  }

  int rate_;
  SampleFormat format_;
  std::size_t channels_;
  std::size_t frame_bytes_;  // of all channels at one frame
  double prompt_seconds_ = 0;
  Sequence sequence_;
  std::vector<Bytes> reference_;  // one, or none
};

}  // namespace

std::unique_ptr<MediaJob> make_audio_job(ByteView file, const AudioOptions& options) {
  check_options(options);
  return std::make_unique<AudioJob>(load_sound(file, options), options);
}

Bytes audio_bytes(ByteView file, const AudioOptions& options) {
  check_options(options);
  return to_pcm(load_sound(file, options), options.format);
}

}  // namespace zipdream
