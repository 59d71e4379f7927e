// SPDX-License-Identifier: Apache-2.0
// The members of Imaging as functions; media/image/imaging.h says what they promise. They may throw
// cv::Exception, which operations.cc translates.
#pragma once

#include "media/image/imaging.h"

namespace cv {
class Mat;
}

namespace zipdream {

// decode_encode.cc
[[nodiscard]] Image decode_image(ByteView file, std::size_t max_bytes);
[[nodiscard]] Bytes encode_png_image(const Image& image, int level);

// draw_parts.cc, draw_spectrogram.cc
[[nodiscard]] Image draw_image_parts(const Image& image, Rect prompt, Rect generated);
[[nodiscard]] Image draw_audio_spectrogram(const SpectrogramInput& audio);

// operations.cc
[[nodiscard]] Image image_to_gray(const Image& image);
[[nodiscard]] Image image_to_rgb(const Image& image);
[[nodiscard]] Image resize_image(const Image& image, int width, int height);

// The pixels of `image` as a Mat, without a copy; valid while the image lives. The Mat of a const
// image must not be written to (cv::Mat knows no const).
[[nodiscard]] cv::Mat view_of(const Image& image);
// An image with undefined pixels, to be filled through view_of().
[[nodiscard]] Image blank_image(int width, int height, int channels);

}  // namespace zipdream
