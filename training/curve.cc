// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/run_state.h"

namespace zipdream {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 420;
constexpr double kLeft = 60;
constexpr double kTop = 40;
constexpr double kRight = 20;
constexpr double kBottom = 50;

struct Frame {
  double last_step;
  double lowest;
  double highest;
  [[nodiscard]] double x(double step) const {
    return kLeft + (kWidth - kLeft - kRight) * step / last_step;
  }
  [[nodiscard]] double y(double bits) const {
    const double share = (bits - lowest) / (highest - lowest);
    return kHeight - kBottom - (kHeight - kTop - kBottom) * std::clamp(share, 0.0, 1.0);
  }
};

// The first points are far above the rest: the frame shows what is learnt after a tenth.
Frame frame_of(const std::vector<CurvePoint>& curve) {
  double lowest = std::numeric_limits<double>::max();
  for (const CurvePoint& point : curve) {
    lowest = std::min(lowest, point.learnt);
    if (point.held_out > 0) lowest = std::min(lowest, point.held_out);
  }
  const CurvePoint& early = curve[curve.size() / 10];
  const double bottom = std::floor(lowest * 5) / 5;
  return {static_cast<double>(std::max<std::size_t>(1, curve.back().step)), bottom,
          std::max(std::ceil(std::max(early.learnt, early.held_out) * 5) / 5, bottom + 0.2)};
}

std::string line(double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="#ccc"/>)"
                     "\n",
                     x1, y1, x2, y2);
}

std::string text(double x, double y, const char* anchor, const std::string& content,
                 const char* color = "#333") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>)"
                     "\n",
                     x, y, anchor, color, content);
}

std::string path(const std::vector<CurvePoint>& curve, const Frame& frame,
                 double CurvePoint::*value, const char* color) {
  std::string points;
  for (const CurvePoint& point : curve) {
    if (point.*value <= 0) continue;
    points += fmt::format("{:.1f},{:.1f} ", frame.x(static_cast<double>(point.step)),
                          frame.y(point.*value));
  }
  return fmt::format(R"(<polyline fill="none" stroke="{}" stroke-width="2" points="{}"/>)"
                     "\n",
                     color, points);
}

std::string grid(const Frame& frame) {
  constexpr int kLines = 5;
  std::string out;
  for (int i = 0; i <= kLines; ++i) {
    const double share = static_cast<double>(i) / kLines;
    const double bits = frame.lowest + (frame.highest - frame.lowest) * share;
    const double step = frame.last_step * share;
    out += line(kLeft, frame.y(bits), kWidth - kRight, frame.y(bits));
    out += text(kLeft - 8, frame.y(bits) + 4, "end", fmt::format("{:.2f}", bits));
    out += text(frame.x(step), kHeight - kBottom + 20, "middle", fmt::format("{:.0f}", step));
  }
  return out + text(kWidth / 2, kHeight - 10, "middle", "step");
}

}  // namespace

std::string draw_curve(const std::vector<CurvePoint>& curve, const std::string& title) {
  constexpr const char* kLearnt = "#8a8a8a";
  constexpr const char* kHeldOut = "#c2185b";
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="12">
<rect width="{0}" height="{1}" fill="white"/>
)",
      kWidth, kHeight);
  svg += text(kLeft, 24, "start", "bits per byte: " + title);
  if (!curve.empty()) {
    const Frame frame = frame_of(curve);
    svg += grid(frame);
    svg += path(curve, frame, &CurvePoint::learnt, kLearnt);
    svg += path(curve, frame, &CurvePoint::held_out, kHeldOut);
    svg += text(kWidth - kRight, kTop + 14, "end", "learnt", kLearnt);
    svg += text(kWidth - kRight, kTop + 30, "end", "held out", kHeldOut);
  }
  return svg + "</svg>\n";
}

}  // namespace zipdream
