// SPDX-License-Identifier: Apache-2.0
// Spectrograms. The audio is seen through a Gaussian window of about 25 ms, twice per column of the
// picture; each view is padded with zeros before its transform so that there are more frequencies
// than rows. Power, not dB, is averaged down to the size of the plot: quiet neighbours must not dim
// a short tone.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string>

#include "media/image/opencv/canvas.h"
#include "media/image/opencv/operations.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr int kWidth = 1600, kHeight = 710;
constexpr int kLeft = 126, kTop = 70, kPlotWidth = 1310, kPlotHeight = 540;
constexpr int kRight = kLeft + kPlotWidth, kBottom = kTop + kPlotHeight;
constexpr int kScaleLeft = kRight + 36, kScaleWidth = 26;
constexpr int kTickLength = 9, kStroke = 2;
constexpr double kTextHeight = 18;
constexpr int kSpan = 80;  // dB from the brightest to the darkest colour

constexpr double kSilence = 1e-12;  // power; -120 dB
constexpr int kViewsPerColumn = 2;

int power_of_two_from(int minimum) {
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(minimum)));
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

// Levels in dB as CV_32F (height, width): time from left to right over all of `samples`, frequency
// from half of `rate` at the top to 0 at the bottom. 0 dB is a sine of amplitude 1; silence is -120
// dB.
cv::Mat decibels(std::span<const float> samples, int rate, int width, int height) {
  const int window_size = std::max(64, power_of_two_from(rate / 40));
  const int transform_size = std::max(2 * window_size, power_of_two_from(2 * height));
  const cv::Mat window = cv::getGaussianKernel(window_size, window_size / 6.0, CV_32F).t();
  const auto length = static_cast<int>(samples.size());
  cv::Mat padded =
      cv::Mat::zeros(1, length + window_size, CV_32F);  // half a window before and after
  if (length > 0) {
    cv::Mat(1, length, CV_32F, const_cast<float*>(samples.data()))
        .copyTo(padded.colRange(window_size / 2, window_size / 2 + length));
  }
  const int views = kViewsPerColumn * width;
  cv::Mat power(views, transform_size / 2 + 1, CV_32F);
  cv::Mat view = cv::Mat::zeros(1, transform_size, CV_32F);
  for (int i = 0; i < views; ++i) {
    const int begin = static_cast<int>((i + 0.5) / views * length);
    cv::multiply(padded.colRange(begin, begin + window_size), window,
                 view.colRange(0, window_size));
    power_of(view).copyTo(power.row(i));
  }
  cv::Mat upright, levels;
  cv::rotate(power, upright, cv::ROTATE_90_COUNTERCLOCKWISE);  // time to the right, high above low
  cv::resize(upright, levels, cv::Size(width, height), 0, 0, cv::INTER_AREA);
  cv::log(cv::max(levels, kSilence), levels);
  return levels * (10 / std::log(10.0));
}

// (height, width) of 0..255 -> RGB.
void draw_colors(cv::Mat& canvas, const cv::Mat& shades, int x, int y) {
  cv::Mat colors;
  cv::applyColorMap(shades, colors, cv::COLORMAP_MAGMA);
  cv::cvtColor(colors, canvas(cv::Rect(x, y, shades.cols, shades.rows)), cv::COLOR_BGR2RGB);
}

void draw_frame(cv::Mat& canvas, int x, int y, int width, int height) {
  fill_rect(canvas, x - kStroke, y - kStroke, width + 2 * kStroke, kStroke, kInk);
  fill_rect(canvas, x - kStroke, y + height, width + 2 * kStroke, kStroke, kInk);
  fill_rect(canvas, x - kStroke, y, kStroke, height, kInk);
  fill_rect(canvas, x + width, y, kStroke, height, kInk);
}

void draw_time_axis(cv::Mat& canvas, double seconds) {
  for (const Tick& tick : round_ticks(seconds, 12)) {
    const int x =
        kLeft +
        static_cast<int>(std::lround(seconds > 0 ? tick.value / seconds * (kPlotWidth - 1) : 0.0));
    fill_rect(canvas, x - kStroke / 2, kBottom + kStroke, kStroke, kTickLength, kInk);
    draw_text(canvas, tick.label, {x, kBottom + 32, Across::kCenter}, kTextHeight, kInk);
  }
  draw_text(canvas, "time (s)", {kLeft + kPlotWidth / 2, kHeight - 34, Across::kCenter},
            kTextHeight, kInk);
}

void draw_frequency_axis(cv::Mat& canvas, double kilohertz) {
  for (const Tick& tick : round_ticks(kilohertz, 8)) {
    const int y =
        kBottom - 1 - static_cast<int>(std::lround(tick.value / kilohertz * (kPlotHeight - 1)));
    fill_rect(canvas, kLeft - kStroke - kTickLength, y - kStroke / 2, kTickLength, kStroke, kInk);
    draw_text(canvas, tick.label, {kLeft - 20, y, Across::kRight}, kTextHeight, kInk);
  }
  draw_text(canvas, "frequency (kHz)", {28, kTop + kPlotHeight / 2, Across::kCenter, true},
            kTextHeight, kInk);
}

void draw_level_scale(cv::Mat& canvas, int loudest) {
  cv::Mat ramp(kPlotHeight, 1, CV_32F), wide, shades;
  for (int row = 0; row < kPlotHeight; ++row) {
    ramp.at<float>(row) = 255.0F * static_cast<float>(kPlotHeight - 1 - row) / (kPlotHeight - 1);
  }
  cv::repeat(ramp, 1, kScaleWidth, wide);
  wide.convertTo(shades, CV_8U);
  draw_colors(canvas, shades, kScaleLeft, kTop);
  draw_frame(canvas, kScaleLeft, kTop, kScaleWidth, kPlotHeight);
  const int right = kScaleLeft + kScaleWidth + kStroke;
  for (int below = 0; below <= kSpan; below += 20) {
    const int y = kTop + below * (kPlotHeight - 1) / kSpan;
    fill_rect(canvas, right, y - kStroke / 2, kTickLength, kStroke, kInk);
    draw_text(canvas, std::to_string(loudest - below), {right + 18, y}, kTextHeight, kInk);
  }
  draw_text(canvas, "dB", {kScaleLeft + kScaleWidth / 2, kTop - 26, Across::kCenter}, kTextHeight,
            kInk);
}

void draw_part(cv::Mat& canvas, const std::string& label, int begin, int end, Color color) {
  fill_rect(canvas, begin, kTop - 16, end - begin, 8, color);
  const int width = text_width(label, kTextHeight);
  const int latest = std::max(kLeft, kRight - width);
  const int x = std::clamp((begin + end - width) / 2, kLeft, latest);
  draw_text(canvas, label, {x, kTop - 40}, kTextHeight, color);
}

void draw_split(cv::Mat& canvas, double fraction) {
  const int x = kLeft + static_cast<int>(std::lround(fraction * kPlotWidth));
  draw_part(canvas, "given", kLeft - kStroke, x - 2, kPromptColor);
  draw_part(canvas, "generated", x + 2, kRight + kStroke, kGeneratedColor);
  fill_rect(canvas, x - 2, kTop - 16, 4, kPlotHeight + 16, kPaper);
}

}  // namespace

Image draw_audio_spectrogram(const SpectrogramInput& audio) {
  if (audio.samples.size() > std::numeric_limits<int>::max() / 2) {
    throw Error("the audio is too long to draw: " + std::to_string(audio.samples.size()) +
                " samples; draw a part of it");
  }
  Image picture = blank_image(kWidth, kHeight, 3);
  cv::Mat canvas = view_of(picture);
  fill_rect(canvas, 0, 0, kWidth, kHeight, kPaper);

  const cv::Mat levels = decibels(audio.samples, audio.rate, kPlotWidth, kPlotHeight);
  double loudest_level = 0;
  cv::minMaxLoc(levels, nullptr, &loudest_level);
  const int loudest = std::clamp(static_cast<int>(std::ceil(loudest_level / 10)) * 10, -40, 20);
  cv::Mat shades;
  levels.convertTo(shades, CV_8U, 255.0 / kSpan, 255.0 - 255.0 / kSpan * loudest);
  draw_colors(canvas, shades, kLeft, kTop);

  const double seconds = static_cast<double>(audio.samples.size()) / audio.rate;
  draw_frame(canvas, kLeft, kTop, kPlotWidth, kPlotHeight);
  draw_time_axis(canvas, seconds);
  draw_frequency_axis(canvas, audio.rate / 2000.0);
  draw_level_scale(canvas, loudest);
  if (audio.prompt_seconds > 0 && audio.prompt_seconds < seconds) {
    draw_split(canvas, audio.prompt_seconds / seconds);
  }
  return picture;
}

}  // namespace zipdream
