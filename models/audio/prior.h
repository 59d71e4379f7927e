// SPDX-License-Identifier: Apache-2.0
// What the model of sound knows before it has heard anything: that sounds are smooth, and, if it
// was taught, what distribution of the next value follows from all that its predictors say: a net
// that learnt it from recorded speech (apps/bench/train_audio_prior.cc) and is embedded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "models/common/adaptive_filter.h"
#include "models/common/small_net.h"

namespace zipdream {

// models/audio/prior.bin.
extern const std::string_view kAudioPrior;

}  // namespace zipdream

namespace zipdream::audio {

inline constexpr std::size_t kMaxOrder = 64;  // of linear prediction
inline constexpr std::size_t kNetInputs = 96;
inline constexpr std::size_t kOddNetInputs = 56;  // the first, which turn their sign with the sound
inline constexpr std::size_t kNetComponents = 4;  // of the mixture
inline constexpr SmallNetShape kNetShape = {
    .inputs = kNetInputs, .hidden = 176, .more_hidden = 32, .outputs = 3 * kNetComponents};

using NetInputs = std::array<std::int16_t, kNetInputs>;

// Threads: const members may be called from many.
class Prior {
 public:
  // Without anything learnt. Valid for the life of the program.
  [[nodiscard]] static const Prior& neutral();
  // With the embedded net, which was taught samples of 8 bits. Valid for the life of the program.
  [[nodiscard]] static const Prior& of_speech();

  // Neutral.
  Prior();
  // With the net of these numbers, as the training program writes them. Throws Error for others.
  explicit Prior(std::string_view numbers);

  [[nodiscard]] std::size_t parameter_count() const {
    return net_ ? kNetShape.parameter_count() : 0;
  }
  [[nodiscard]] const SmallNet* net() const { return net_ ? &*net_ : nullptr; }

  // The state in which the predictor of stage 1 begins, one of kStageOne; `has_other`: with inputs
  // from another channel behind the own ones.
  [[nodiscard]] std::shared_ptr<const RecursiveLeastSquares::Start> stage_one(std::size_t index,
                                                                              bool has_other) const;
  // Those of its inputs that are the other channel's.
  [[nodiscard]] static std::size_t own_inputs(std::size_t index);
  [[nodiscard]] static std::size_t other_inputs(std::size_t index);
  // Weights by which the next value follows from the last ones on average, kAverageOrder of them.
  static constexpr std::size_t kAverageOrder = 32;
  [[nodiscard]] const std::vector<double>& average() const { return average_; }

 private:
  std::vector<std::shared_ptr<const RecursiveLeastSquares::Start>> alone_;
  std::vector<std::shared_ptr<const RecursiveLeastSquares::Start>> with_other_;
  std::vector<double> average_;
  std::optional<SmallNet> net_;
};

}  // namespace zipdream::audio
