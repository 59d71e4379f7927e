// SPDX-License-Identifier: Apache-2.0
// How audio becomes a sequence, or pieces: mono or stereo, resampled to the wanted rate, one or two
// bytes per sample.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/files.h"
#include "media/image/imaging.h"
#include "media/media_job.h"
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

void check_seconds(const std::string& option, double seconds, bool may_be_zero) {
  // Written so that NaN is refused.
  if ((seconds > 0 || (may_be_zero && seconds == 0)) && seconds <= kMaxSeconds) return;
  throw Error::of_option(option, fmt::format("{}", seconds), "is out of range",
                         may_be_zero ? fmt::format("0 (all) to {}", kMaxSeconds)
                                     : fmt::format("above 0, at most {}", kMaxSeconds));
}

void check_options(const AudioOptions& options) {
  if (options.rate < kMinRate || options.rate > kMaxRate) {
    throw Error::of_option("rate", std::to_string(options.rate), "is out of range",
                           fmt::format("{} to {} Hz", kMinRate, kMaxRate));
  }
  check_seconds("seconds", options.seconds, /*may_be_zero=*/false);
  check_seconds("prompt_seconds", options.prompt_seconds, /*may_be_zero=*/true);
}

std::size_t frames_in(double seconds, int rate) {
  return static_cast<std::size_t>(std::max(1LL, std::llround(seconds * rate)));
}

Audio load_audio(ByteView file, const AudioOptions& options) {
  check_format(file, Media::kAudio);
  Audio audio =
      resample(decode_audio(file, kMaxInputBytes / sizeof(float), options.channels), options.rate);
  if (audio.samples.empty()) throw Error("the audio has no samples; give a file that has");
  return audio;
}

// How many frames are the prompt.
std::size_t prompt_frames(const Audio& audio, const AudioOptions& options) {
  if (options.prompt_seconds == 0) return audio.frames();
  const std::size_t wanted = frames_in(options.prompt_seconds, options.rate);
  if (wanted > audio.frames()) {
    throw Error(
        fmt::format("the audio is {:.3f} s long, shorter than `prompt_seconds` {}; lower it",
                    audio.seconds(), options.prompt_seconds));
  }
  return wanted;
}

class AudioJob final : public MediaJob {
 public:
  AudioJob(const Audio& audio, const AudioOptions& options)
      : rate_(options.rate),
        format_(options.format),
        channels_(audio.channels),
        frame_bytes_(channels_ * bytes_per_sample(format_)) {
    const std::size_t prompt = prompt_frames(audio, options);
    prompt_seconds_ = static_cast<double>(prompt) / options.rate;
    sequence_.count = frames_in(options.seconds, options.rate) * frame_bytes_;
    const Bytes pcm = to_pcm(audio, options.format);
    const std::size_t size = prompt * frame_bytes_;
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
    return fmt::format("audio: {} {} Hz{}, prompt of {:.2f} s", format_name(format_), rate_,
                       channels_ == 2 ? " stereo" : "", prompt_seconds_);
  }

  void check_output_name(std::string_view path) const override {
    (void)ending_of(path, {"wav", "flac"}, "audio");
  }

  [[nodiscard]] Bytes file(std::span<const Bytes> continuations,
                           std::string_view path) const override {
    const bool flac = ending_of(path, {"wav", "flac"}, "audio") == "flac";
    return pack_pcm(pcm(continuations), format_, rate_,
                    flac ? AudioContainer::kFlac : AudioContainer::kWav, kFlacLevel,
                    static_cast<int>(channels_));
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> continuations) const override {
    const Audio audio = to_mono(from_pcm(pcm(continuations), format_, rate_, channels_));
    const Image picture = imaging().draw_spectrogram({audio.samples, rate_, prompt_seconds_});
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
  std::size_t frame_bytes_;  // of all channels together
  double prompt_seconds_ = 0;
  Sequence sequence_;
  std::vector<Bytes> reference_;  // one, or none
};

}  // namespace

std::unique_ptr<MediaJob> make_audio_job(ByteView file, const AudioOptions& options) {
  check_options(options);
  return std::make_unique<AudioJob>(load_audio(file, options), options);
}

std::unique_ptr<MediaJob> make_audio_job(const Audio& audio, const AudioOptions& options) {
  check_options(options);
  if (audio.samples.empty() || audio.rate <= 0 || audio.channels < 1 || audio.channels > 2) {
    throw Error(Error::Kind::kUsage, "the audio",
                fmt::format("{} samples at {} Hz of {} channels are none", audio.samples.size(),
                            audio.rate, audio.channels),
                "give mono (1) or stereo (2)");
  }
  const bool is_mono = options.channels == Channels::kMono;
  return std::make_unique<AudioJob>(resample(is_mono ? to_mono(audio) : audio, options.rate),
                                    options);
}

MediaBytes audio_bytes(ByteView file, const AudioOptions& options) {
  check_options(options);
  const Audio audio = load_audio(file, options);
  return {to_pcm(audio, options.format),
          {.samples = SampleShape{.format = options.format, .channels = audio.channels}}};
}

Pieces audio_pieces(ByteView file, std::size_t piece_size) {
  Pieces pieces{.bytes = audio_bytes(file, {.rate = 16000, .format = SampleFormat::kU8}).bytes};
  pieces.left_out = pieces.bytes.size() % piece_size;
  pieces.bytes.resize(pieces.bytes.size() - pieces.left_out);
  return pieces;
}

}  // namespace zipdream
