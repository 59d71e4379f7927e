// SPDX-License-Identifier: Apache-2.0
// What the module exports: one instance of Imaging, in which OpenCV's exceptions become Errors. And
// the operations on pixels, which are short.
#include "media/image/opencv/operations.h"

#include <algorithm>
#include <cassert>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "zipdream/error.h"

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

namespace {

Error translated(const cv::Exception& error) {
  std::string message = error.err;
  std::replace(message.begin(), message.end(), '\n', ' ');
  return Error("OpenCV failed: " + message + "; try another image");
}

template <typename Operation>
auto guarded(Operation operation) {
  try {
    return operation();
  } catch (const cv::Exception& error) {
    throw translated(error);
  }
}

class OpenCvImaging : public Imaging {
 public:
  OpenCvImaging() {
    cv::setNumThreads(1);  // parallel work is base/parallel.h's alone
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }

  [[nodiscard]] Image decode(ByteView file, std::size_t max_bytes) const override {
    return guarded([&] { return decode_image(file, max_bytes); });
  }
  [[nodiscard]] Bytes encode_png(const Image& image, int level) const override {
    return guarded([&] { return encode_png_image(image, level); });
  }
  [[nodiscard]] Image to_gray(const Image& image) const override {
    return guarded([&] { return image_to_gray(image); });
  }
  [[nodiscard]] Image to_rgb(const Image& image) const override {
    return guarded([&] { return image_to_rgb(image); });
  }
  [[nodiscard]] Image resize(const Image& image, int width, int height) const override {
    return guarded([&] { return resize_image(image, width, height); });
  }
  [[nodiscard]] Image draw_parts(const Image& image, Rect prompt, Rect generated) const override {
    return guarded([&] { return draw_image_parts(image, prompt, generated); });
  }
  [[nodiscard]] Image draw_spectrogram(const SpectrogramInput& audio) const override {
    return guarded([&] { return draw_audio_spectrogram(audio); });
  }
};

}  // namespace
}  // namespace zipdream

const zipdream::Imaging* zipdream_imaging_v1() {
  static const zipdream::OpenCvImaging instance;
  return &instance;
}
