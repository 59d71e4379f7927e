// SPDX-License-Identifier: Apache-2.0
// The short-time power spectrum of a sound.
#pragma once

#include <span>

namespace cv {
class Mat;
}

namespace zipdream {

// Levels in dB as CV_32F (height, width): time from left to right over all of `samples`, frequency
// from half of `rate` at the top to 0 at the bottom. 0 dB is a sine of amplitude 1; silence is -120
// dB.
[[nodiscard]] cv::Mat decibels(std::span<const float> samples, int rate, int width, int height);

}  // namespace zipdream
