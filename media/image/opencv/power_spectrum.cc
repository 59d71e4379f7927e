// SPDX-License-Identifier: Apache-2.0
// The sound is looked at through a Gaussian window of about 25 ms, twice per column of the picture;
// each view is padded with zeros before its transform so that there are more frequencies than rows.
// Power, not dB, is averaged down to the size asked for: quiet neighbours must not dim a short
// tone.
#include "media/image/opencv/power_spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace zipdream {
namespace {

constexpr double kSilence = 1e-12;  // power; -120 dB
constexpr int kViewsPerColumn = 2;

int power_of_two_from(int least) {
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(least)));
}

// (1, frequencies): the power of one view, already multiplied by the window.
cv::Mat power_of(const cv::Mat& padded_view) {
  cv::Mat spectrum, parts[2], power;
  cv::dft(padded_view, spectrum, cv::DFT_COMPLEX_OUTPUT);
  cv::split(spectrum.colRange(0, padded_view.cols / 2 + 1), parts);
  // The window sums to 1 and a real sine has half of its amplitude at -f: x 2, squared.
  cv::multiply(parts[0], parts[0], parts[0], 4);
  cv::multiply(parts[1], parts[1], parts[1], 4);
  cv::add(parts[0], parts[1], power);
  return power;
}

}  // namespace

cv::Mat decibels(std::span<const float> samples, int rate, int width, int height) {
  const int window_size = std::max(64, power_of_two_from(rate / 40));
  const int transform_size = std::max(2 * window_size, power_of_two_from(2 * height));
  const cv::Mat window = cv::getGaussianKernel(window_size, window_size / 6.0, CV_32F).t();
  const auto length = static_cast<int>(samples.size());
  cv::Mat sound =
      cv::Mat::zeros(1, length + window_size, CV_32F);  // half a window before and after
  if (length > 0) {
    cv::Mat(1, length, CV_32F, const_cast<float*>(samples.data()))
        .copyTo(sound.colRange(window_size / 2, window_size / 2 + length));
  }
  const int views = kViewsPerColumn * width;
  cv::Mat power(views, transform_size / 2 + 1, CV_32F);
  cv::Mat view = cv::Mat::zeros(1, transform_size, CV_32F);
  for (int i = 0; i < views; ++i) {
    const int begin = static_cast<int>((i + 0.5) / views * length);
    cv::multiply(sound.colRange(begin, begin + window_size), window, view.colRange(0, window_size));
    power_of(view).copyTo(power.row(i));
  }
  cv::Mat upright, levels;
  cv::rotate(power, upright, cv::ROTATE_90_COUNTERCLOCKWISE);  // time to the right, high above low
  cv::resize(upright, levels, cv::Size(width, height), 0, 0, cv::INTER_AREA);
  cv::log(cv::max(levels, kSilence), levels);
  return levels * (10 / std::log(10.0));
}

}  // namespace zipdream
