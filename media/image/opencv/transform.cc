// SPDX-License-Identifier: Apache-2.0
#include <cassert>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "media/image/opencv/operations.h"

namespace zipdream {

cv::Mat view_of(const Image& image) {
  assert(image.pixels.size() == image.size_bytes());
  return {image.height, image.width, CV_8UC(image.channels),
          const_cast<Byte*>(image.pixels.data())};
}

Image blank_image(int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
  image.pixels.resize(image.size_bytes());
  return image;
}

Image image_to_gray(const Image& image) {
  if (image.channels == 1) return image;
  Image gray = blank_image(image.width, image.height, 1);
  cv::Mat out = view_of(gray);
  // Not cvtColor, whose gray is a luma: 0.299 R + 0.587 G + 0.114 B.
  cv::transform(view_of(image), out, cv::Matx13f::all(1.0F / 3.0F));
  return gray;
}

Image image_to_rgb(const Image& image) {
  if (image.channels == 3) return image;
  Image rgb = blank_image(image.width, image.height, 3);
  cv::Mat out = view_of(rgb);
  cv::cvtColor(view_of(image), out, cv::COLOR_GRAY2RGB);
  return rgb;
}

Image resize_image(const Image& image, int width, int height) {
  assert(width > 0 && height > 0);
  const bool shrinks = width <= image.width && height <= image.height;
  Image resized = blank_image(width, height, image.channels);
  cv::Mat out = view_of(resized);
  cv::resize(view_of(image), out, out.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return resized;
}

}  // namespace zipdream
