// SPDX-License-Identifier: Apache-2.0
#include "media/audio/samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

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

}  // namespace

SampleCollector::SampleCollector(int rate, std::size_t channels, std::size_t max_frames,
                                 Channels wanted)
    : channels_(channels),
      max_frames_(max_frames),
      is_mixed_(wanted == Channels::kMono),
      audio_{rate, {}, is_mixed_ ? 1 : channels} {
  if (is_mixed_ || channels == 2) return;
  throw Error("the audio has " + std::to_string(channels) +
              (channels == 1 ? " channel" : " channels") + ", not two; take `channels` mono");
}

void SampleCollector::add(std::span<const float> samples) {
  check_numbers(samples, frames() * channels_);
  if (is_mixed_) {
    append_means(samples, channels_, audio_.samples);
  } else {
    audio_.samples.insert(audio_.samples.end(), samples.begin(), samples.end());
  }
  check_length(frames());
}

void SampleCollector::check_length(std::size_t frames) const {
  if (frames <= max_frames_) return;
  throw Error("the audio is too long: more than " + std::to_string(max_frames_) +
              " samples; cut it first");
}

Audio SampleCollector::take() { return std::move(audio_); }

Audio to_mono(const Audio& audio) {
  Audio mono{audio.rate, {}};
  append_means(audio.samples, audio.channels, mono.samples);
  return mono;
}

}  // namespace zipdream
