// SPDX-License-Identifier: Apache-2.0
#include <samplerate.h>

#include <cassert>
#include <cmath>
#include <memory>
#include <string>

#include "media/audio/audio.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

struct DeleteState {
  void operator()(SRC_STATE* state) const { src_delete(state); }
};

Error failed(int from, int to, int error) {
  const char* reason = src_strerror(error);
  return Error("cannot resample from " + std::to_string(from) + " to " + std::to_string(to) +
               " Hz: " + (reason != nullptr ? reason : "unknown error") +
               "; choose rates at most 256 times apart");
}

}  // namespace

Sound resample(const Sound& sound, int rate) {
  assert(sound.rate > 0 && rate > 0);
  if (sound.rate == rate || sound.samples.empty()) return {rate, sound.samples, sound.channels};
  const double ratio = static_cast<double>(rate) / sound.rate;
  int error = 0;
  const std::unique_ptr<SRC_STATE, DeleteState> state(
      src_new(SRC_SINC_BEST_QUALITY, static_cast<int>(sound.channels), &error));
  if (state == nullptr || !src_is_valid_ratio(ratio)) throw failed(sound.rate, rate, error);
  const auto frames =
      static_cast<std::size_t>(std::llround(static_cast<double>(sound.frames()) * ratio));
  Sound resampled{rate, std::vector<float>(frames * sound.channels), sound.channels};
  SRC_DATA data{};
  data.data_in = sound.samples.data();
  data.input_frames = static_cast<long>(sound.frames());
  data.data_out = resampled.samples.data();
  data.output_frames = static_cast<long>(frames);
  data.src_ratio = ratio;
  data.end_of_input = 1;
  // One call may stop before the output is full; the filter then still holds the end of the sound.
  // What it leaves unfilled at last, at most a sample or two of rounding, stays silent.
  while (data.output_frames > 0) {
    if (error = src_process(state.get(), &data); error != 0) throw failed(sound.rate, rate, error);
    if (data.output_frames_gen == 0 && data.input_frames_used == 0) break;
    data.data_in += data.input_frames_used * static_cast<long>(sound.channels);
    data.input_frames -= data.input_frames_used;
    data.data_out += data.output_frames_gen * static_cast<long>(sound.channels);
    data.output_frames -= data.output_frames_gen;
  }
  return resampled;
}

}  // namespace zipdream
