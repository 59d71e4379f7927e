// SPDX-License-Identifier: Apache-2.0
#include "media/image/opencv/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace zipdream {
namespace {

// OpenCV's own antialiasing of small text is uneven, so text is drawn this much larger and averaged
// down.
constexpr int kOversampling = 8;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapitals = 21;     // height of capitals at font scale 1
constexpr double kStroke = 1 / 8.5;  // of the height of capitals

cv::Scalar scalar(Color color) {
  return {static_cast<double>(color.red), static_cast<double>(color.green),
          static_cast<double>(color.blue)};
}

struct LargeText {
  cv::Size size;  // of the capitals' box
  double scale = 0;
  int stroke = 0;
};

LargeText measure(const std::string& text, double height) {
  LargeText large;
  large.scale = height * kOversampling / kCapitals;
  large.stroke = std::max(1, static_cast<int>(std::lround(height * kOversampling * kStroke)));
  large.size = cv::getTextSize(text, kFont, large.scale, large.stroke, nullptr);
  large.size.height = static_cast<int>(std::lround(height * kOversampling));
  return large;
}

// How much ink covers each pixel, 0..1 as CV_32F, with a border of `margin` pixels around the
// capitals' box.
cv::Mat coverage(const std::string& text, double height, int margin) {
  const LargeText large = measure(text, height);
  const cv::Size size(text_width(text, height) + 2 * margin,
                      static_cast<int>(std::lround(height)) + 2 * margin);
  cv::Mat ink = cv::Mat::zeros(size * kOversampling, CV_8U);
  const cv::Point baseline(margin * kOversampling, margin * kOversampling + large.size.height);
  cv::putText(ink, text, baseline, kFont, large.scale, cv::Scalar(255), large.stroke, cv::LINE_AA);
  cv::Mat small, weights;
  cv::resize(ink, small, size, 0, 0, cv::INTER_AREA);
  small.convertTo(weights, CV_32F, 1.0 / 255);
  return weights;
}

// How far back from its anchor a text of this length begins.
int set_back(int length, Across across) {
  switch (across) {
    case Across::kLeft:
      return 0;
    case Across::kCenter:
      return length / 2;
    case Across::kRight:
      return length;
  }
  return 0;
}

}  // namespace

int text_width(const std::string& text, double height) {
  return (measure(text, height).size.width + kOversampling - 1) / kOversampling;
}

void draw_text(cv::Mat& canvas, const std::string& text, TextPlace place, double height,
               Color color) {
  const int margin = static_cast<int>(std::ceil(height / 2));  // for descenders
  const int back = margin + set_back(text_width(text, height), place.across);
  cv::Mat ink = coverage(text, height, margin);
  cv::Rect box(place.x - back, place.y - ink.rows / 2, ink.cols, ink.rows);
  if (place.upwards) {
    cv::Mat turned;  // rotate() can't work in place
    cv::rotate(ink, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
    ink = turned;
    box = cv::Rect(place.x - ink.cols / 2, place.y + back - ink.rows, ink.cols, ink.rows);
  }
  const cv::Rect inside = box & cv::Rect(cv::Point(0, 0), canvas.size());
  if (inside.empty()) return;
  ink = ink(inside - box.tl());
  cv::Mat under = canvas(inside);
  const cv::Mat over(inside.size(), CV_8UC3, scalar(color));
  cv::blendLinear(over, under.clone(), ink, cv::Mat(1.0 - ink), under);
}

void fill_rect(cv::Mat& canvas, int x, int y, int width, int height, Color color) {
  cv::rectangle(canvas, cv::Rect(x, y, width, height), scalar(color), cv::FILLED);
}

std::vector<Tick> round_ticks(double last, int max_steps) {
  if (!(last > 0)) return {{0, "0"}};
  const double min_step = last / max_steps;
  const double decade = std::pow(10, std::floor(std::log10(min_step)));
  double step = 10 * decade;
  for (const double factor : {5, 2, 1}) {
    if (factor * decade >= min_step) step = factor * decade;
  }
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step * 1.000001))));
  std::vector<Tick> ticks;
  for (int i = 0; i * step <= last * (1 + 1e-9); ++i) {
    char label[32];
    std::snprintf(label, sizeof label, "%.*f", decimals, i * step);
    ticks.push_back({i * step, label});
  }
  return ticks;
}

}  // namespace zipdream
