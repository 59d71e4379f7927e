// SPDX-License-Identifier: Apache-2.0
// Everything that OpenCV does for zipdream. OpenCV's image readers draw in some 140 shared
// libraries and 70 ms of start-up, so it lives in a module (zipdream_opencv.so, next to the
// program) that is loaded by the first call of imaging() and never by programs that only see bytes.
//
// Threads: all members may be called from many threads at once; no member starts any. decode()
// diverts the process's stderr while OpenCV decodes, because its libraries report damage there:
// decoders take turns, and what other threads write to stderr in those milliseconds is lost.
#pragma once

#include <cstddef>
#include <span>

#include "media/image/image.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The samples of a sound and where its given part ends, for drawing.
struct SpectrogramInput {
  std::span<const float> samples;  // mono, in [-1, 1]
  int rate = 0;                    // samples per second
  double prompt_seconds = 0;       // a marked line is drawn here; 0 or the full length draws none
};

// A rectangle of an image, in pixels.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

class Imaging {
 public:
  virtual ~Imaging() = default;

  // Decodes any format that OpenCV reads (PNG, JPEG, BMP, TIFF, WebP, PNM, ...) to gray or RGB, 8
  // bits; alpha is dropped, 16 bits are scaled to 8, photos are turned as their EXIF orientation
  // says. Throws Error when it is no image, is truncated or damaged, or when its pixels would need
  // more than `max_bytes`; PNG and JPEG files are asked for their size before anything is
  // allocated, other formats can take up to 3 GiB before they are refused. Damage in a PNG never
  // gives wrong pixels; a JPEG has no checksums that would show it, so that only truncation is sure
  // to be found.
  [[nodiscard]] virtual Image decode(ByteView file, std::size_t max_bytes) const = 0;

  // A PNG file with zlib level 0..9. REQUIRES: width and height in 1..1,000,000, channels 1 or 3.
  [[nodiscard]] virtual Bytes encode_png(const Image& image, int level) const = 0;

  // Gray as the paper has it: the rounded mean of R, G and B. A gray image is returned as it is.
  [[nodiscard]] virtual Image to_gray(const Image& image) const = 0;
  [[nodiscard]] virtual Image to_rgb(const Image& image) const = 0;

  // Area averaging when shrinking, linear when growing. REQUIRES: width and height are positive.
  [[nodiscard]] virtual Image resize(const Image& image, int width, int height) const = 0;

  // A framed, enlarged view of `image` (nearest neighbour, so that pixels stay pixels) in which the
  // given part is outlined in blue and labelled "given", the generated part in orange and labelled
  // "generated". The pixels themselves are not drawn over: where an outline runs through the image,
  // it is cut and the pieces are set apart. An empty part is not shown. REQUIRES: both rectangles
  // lie inside the image.
  [[nodiscard]] virtual Image draw_parts(const Image& image, Rect given, Rect generated) const = 0;

  // A spectrogram with axes in seconds and kHz, a scale in dB (0 is a sine of amplitude 1), and the
  // end of the given part marked. REQUIRES: the rate is positive and the samples are numbers.
  [[nodiscard]] virtual Image draw_spectrogram(const SpectrogramInput& sound) const = 0;
};

// The loaded module; the first call loads it. Throws Error when the module is missing or another
// version.
[[nodiscard]] const Imaging& imaging();

}  // namespace zipdream
