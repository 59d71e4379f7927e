// SPDX-License-Identifier: Apache-2.0
// The picture of an image's prompt and generated part. The image is taken apart along the edges of
// both parts and its pieces are set a little apart, so that the outlines fit between the pieces and
// cover no pixel.
#include <algorithm>
#include <cassert>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "media/image/opencv/canvas.h"
#include "media/image/opencv/operations.h"

namespace zipdream {
namespace {

constexpr int kLongSide = 1000;  // the enlarged image comes close to this
constexpr int kMargin = 20;
constexpr int kStroke = 4;
constexpr int kSpace = 3;                         // between pixels and their outline
constexpr int kGap = 2 * (kStroke + kSpace) + 2;  // between pieces: two outlines, side by side
constexpr int kLabelHeight = 34;  // above the image, and below it where a label needs it
constexpr double kTextHeight = 18;

// One direction of the picture: where pixels of the image come to lie.
struct Axis {
  std::vector<int> cuts;  // rising, the image's ends included
  int scale = 1;
  int begin = 0;  // of the first pixel, in the picture

  // Left or upper end of the piece that begins at this cut, and right or lower end of the one
  // before it.
  [[nodiscard]] int begin_at(int cut) const {
    return begin + cut * scale + kGap * gaps_before(cut);
  }
  [[nodiscard]] int end_at(int cut) const {
    return begin + cut * scale + kGap * (gaps_before(cut) - 1);
  }
  [[nodiscard]] int gaps_before(int cut) const {
    const auto at = std::lower_bound(cuts.begin(), cuts.end(), cut);
    return static_cast<int>(std::distance(cuts.begin(), at));
  }
  [[nodiscard]] int end() const { return end_at(cuts.back()); }
};

Axis make_axis(int length, std::vector<int> cuts, int scale, int begin) {
  cuts.insert(cuts.end(), {0, length});
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return {std::move(cuts), scale, begin};
}

struct Layout {
  Axis x;
  Axis y;
};

bool is_empty(Rect rect) { return rect.width <= 0 || rect.height <= 0; }

Layout lay_out(const Image& image, Rect prompt, Rect generated) {
  std::vector<int> xs, ys;
  for (const Rect& part : {prompt, generated}) {
    if (!is_empty(part)) {
      xs.insert(xs.end(), {part.x, part.x + part.width});
      ys.insert(ys.end(), {part.y, part.y + part.height});
    }
  }
  const int scale = std::max(1, kLongSide / std::max(image.width, image.height));
  return {make_axis(image.width, std::move(xs), scale, kMargin),
          make_axis(image.height, std::move(ys), scale, kMargin + kLabelHeight)};
}

void draw_pieces(cv::Mat& canvas, const cv::Mat& pixels, const Layout& layout) {
  for (std::size_t i = 1; i < layout.y.cuts.size(); ++i) {
    for (std::size_t j = 1; j < layout.x.cuts.size(); ++j) {
      const cv::Point from(layout.x.cuts[j - 1], layout.y.cuts[i - 1]);
      const cv::Point to(layout.x.cuts[j], layout.y.cuts[i]);
      const cv::Rect place(cv::Point(layout.x.begin_at(from.x), layout.y.begin_at(from.y)),
                           cv::Point(layout.x.end_at(to.x), layout.y.end_at(to.y)));
      cv::Mat out = canvas(place);
      cv::resize(pixels(cv::Rect(from, to)), out, place.size(), 0, 0, cv::INTER_NEAREST);
    }
  }
}

// Around the pieces of `part`, from the end of the gap before them to the beginning of the one
// after.
cv::Rect outline(const Layout& layout, Rect part) {
  const int reach = kSpace + kStroke;
  const cv::Point from(layout.x.begin_at(part.x) - reach, layout.y.begin_at(part.y) - reach);
  const cv::Point to(layout.x.end_at(part.x + part.width) + reach,
                     layout.y.end_at(part.y + part.height) + reach);
  return {from, to};
}

void draw_outline(cv::Mat& canvas, cv::Rect box, Color color) {
  fill_rect(canvas, box.x, box.y, box.width, kStroke, color);
  fill_rect(canvas, box.x, box.y + box.height - kStroke, box.width, kStroke, color);
  fill_rect(canvas, box.x, box.y, kStroke, box.height, color);
  fill_rect(canvas, box.x + box.width - kStroke, box.y, kStroke, box.height, color);
}

// Above the image, or below it for a part that doesn't reach the top. Labels in one row step aside.
class Labels {
 public:
  explicit Labels(const Layout& layout) : layout_(layout) {}

  void draw(cv::Mat& canvas, const std::string& text, Rect part, Color color) {
    const cv::Rect box = outline(layout_, part);
    const bool above = part.y == 0;
    int& free = above ? free_above_ : free_below_;
    const int width = text_width(text, kTextHeight);
    const int x = std::max(free, std::min(box.x, canvas.cols - kMargin / 2 - width));
    const int y = above ? kMargin + 6 : layout_.y.end() + kSpace + kStroke + kLabelHeight - 14;
    draw_text(canvas, text, {x, y}, kTextHeight, color);
    free = x + width + kMargin;
  }

 private:
  const Layout& layout_;
  int free_above_ = 0;
  int free_below_ = 0;
};

}  // namespace

Image draw_image_parts(const Image& image, Rect prompt, Rect generated) {
  const Layout layout = lay_out(image, prompt, generated);
  const int min_width = 2 * kMargin + text_width("given generated", kTextHeight) + kMargin;
  const bool label_below =
      (!is_empty(prompt) && prompt.y > 0) || (!is_empty(generated) && generated.y > 0);
  Image picture = blank_image(std::max(layout.x.end() + kMargin, min_width),
                              layout.y.end() + (label_below ? kLabelHeight : 0) + kMargin, 3);
  cv::Mat canvas = view_of(picture);
  fill_rect(canvas, 0, 0, picture.width, picture.height, kPaper);
  const Image rgb = image_to_rgb(image);
  draw_pieces(canvas, view_of(rgb), layout);
  Labels labels(layout);
  if (!is_empty(prompt)) {
    draw_outline(canvas, outline(layout, prompt), kPromptColor);
    labels.draw(canvas, "given", prompt, kPromptColor);
  }
  if (!is_empty(generated)) {
    draw_outline(canvas, outline(layout, generated), kGeneratedColor);
    labels.draw(canvas, "generated", generated, kGeneratedColor);
  }
  return picture;
}

}  // namespace zipdream
