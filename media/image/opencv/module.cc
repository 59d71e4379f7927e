// SPDX-License-Identifier: Apache-2.0
// The module's door: one instance of Imaging, and the place where OpenCV's exceptions become
// Errors.
#include "media/image/module.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <string>

#include "media/image/opencv/operations.h"
#include "zipdream/error.h"

namespace zipdream {
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
  [[nodiscard]] Image draw_parts(const Image& image, Rect given, Rect generated) const override {
    return guarded([&] { return draw_image_parts(image, given, generated); });
  }
  [[nodiscard]] Image draw_spectrogram(const SpectrogramInput& sound) const override {
    return guarded([&] { return draw_sound_spectrogram(sound); });
  }
};

}  // namespace
}  // namespace zipdream

const zipdream::Imaging* zipdream_imaging_v1() {
  static const zipdream::OpenCvImaging instance;
  return &instance;
}
