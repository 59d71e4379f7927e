// SPDX-License-Identifier: Apache-2.0
// What the drawings share: colours, smooth text, ticks. A canvas is a cv::Mat of type CV_8UC3 whose
// channels are R, G, B in that order: OpenCV's drawing functions take any order, and so no picture
// needs to be swapped.
#pragma once

#include <string>
#include <vector>

namespace cv {
class Mat;
}

namespace zipdream {

struct Color {
  int red = 0;
  int green = 0;
  int blue = 0;
};

// Dark on white; the two parts in colours that differ for every kind of colour vision (Okabe and
// Ito's).
inline constexpr Color kPaper = {255, 255, 255};
inline constexpr Color kInk = {45, 45, 50};
inline constexpr Color kPromptColor = {0, 114, 178};
inline constexpr Color kGeneratedColor = {224, 112, 0};

// Where a text stands: the point that `across` and the vertical middle of its capitals meet.
enum class Across { kLeft, kCenter, kRight };
struct TextPlace {
  int x = 0;
  int y = 0;
  Across across = Across::kLeft;
  bool upwards = false;  // turned to be read from below; `across` then means along y, bottom first
};

// Capitals are `height` pixels high. What falls outside the canvas is cut off.
void draw_text(cv::Mat& canvas, const std::string& text, TextPlace place, double height,
               Color color);
[[nodiscard]] int text_width(const std::string& text, double height);

void fill_rect(cv::Mat& canvas, int x, int y, int width, int height, Color color);

// Round values from 0 up to `last`, at most `max_steps` + 1 of them, with as many decimals as they
// need.
struct Tick {
  double value = 0;
  std::string label;
};
[[nodiscard]] std::vector<Tick> round_ticks(double last, int max_steps);

}  // namespace zipdream
