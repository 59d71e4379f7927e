// SPDX-License-Identifier: Apache-2.0
// Images in memory, and everything that OpenCV does for zipdream. OpenCV's image readers draw in
// some 140 shared libraries and 70 ms of start-up, so it lives in a module (zipdream_opencv.so)
// that is loaded by the first call of imaging() and never by programs that only see bytes.
//
// Threads: all members may be called from many threads at once; no member starts any.
//
// What the process sees of it: OpenCV is told to start no threads and to keep no log, which matters
// to programs that use it themselves. It draws in a BLAS, which may start idle threads as it is
// loaded (OPENBLAS_NUM_THREADS=1 keeps it from that). And it may print a line about a damaged file
// to std::cerr; std::cerr.rdbuf(nullptr) keeps it from that, of which other ways to standard error
// don't notice anything.
#pragma once

#include <cstddef>
#include <span>

#include "zipdream/bytes.h"
#include "zipdream/export.h"

namespace zipdream {

// 8 bits per sample, row-major from the top left, channels interleaved.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 1;  // 1 gray, 3 RGB in that order
  Bytes pixels;      // (height, width, channels)

  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  [[nodiscard]] std::size_t size_bytes() const {
    return row_bytes() * static_cast<std::size_t>(height);
  }
};

// A rectangle of an image, in pixels.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// Audio and where its prompt ends, for drawing.
struct SpectrogramInput {
  std::span<const float> samples;  // mono, in [-1, 1]
  int rate = 0;                    // samples per second
  double prompt_seconds = 0;       // a marked line is drawn here; 0 or the full length draws none
};

class Imaging {
 public:
  virtual ~Imaging() = default;

  // Decodes any format that OpenCV reads (PNG, JPEG, BMP, TIFF, WebP, ...) to gray or RGB, 8 bits;
  // alpha is dropped, 16 bits are scaled to 8, photos are turned as their EXIF orientation says,
  // but for WebP (read_image.h does that, and reads what OpenCV doesn't). Throws Error when it is
  // no image, is truncated or damaged, or when its pixels would need more than `max_bytes`; PNG and
  // JPEG files are asked for their size before anything is allocated, other formats can take up to
  // 3 GiB before they are refused. Damage in a PNG never gives wrong pixels; a JPEG has no
  // checksums that would show it, so that only truncation is sure to be found.
  [[nodiscard]] virtual Image decode(ByteView file, std::size_t max_bytes) const = 0;

  // A PNG file with zlib level 0..9. REQUIRES: width and height in 1..1,000,000, channels 1 or 3.
  [[nodiscard]] virtual Bytes encode_png(const Image& image, int level) const = 0;

  // Gray as the paper has it: the rounded mean of R, G and B. A gray image is returned as it is.
  [[nodiscard]] virtual Image to_gray(const Image& image) const = 0;
  [[nodiscard]] virtual Image to_rgb(const Image& image) const = 0;

  // Area averaging when shrinking, linear when growing. REQUIRES: width and height are positive.
  [[nodiscard]] virtual Image resize(const Image& image, int width, int height) const = 0;

  // A framed, enlarged view of `image` (nearest neighbour, so that pixels stay pixels) in which the
  // prompt is outlined in blue and labelled "given", the generated part in orange and labelled
  // "generated". The pixels themselves are not drawn over: where an outline runs through the image,
  // it is cut and the pieces are set apart. An empty part is not shown. REQUIRES: both rectangles
  // lie inside the image.
  [[nodiscard]] virtual Image draw_parts(const Image& image, Rect prompt, Rect generated) const = 0;

  // A spectrogram with axes in seconds and kHz, a scale in dB (0 is a sine of amplitude 1), and the
  // end of the prompt marked. REQUIRES: the rate is positive and the samples are numbers.
  [[nodiscard]] virtual Image draw_spectrogram(const SpectrogramInput& audio) const = 0;
};

// The loaded module; the first call loads it. Throws Error when the module is missing or another
// version, or zipdream was built without images (ZIPDREAM_BUILD_IMAGES).
[[nodiscard]] const Imaging& imaging();

}  // namespace zipdream

// The one symbol by which the library and its OpenCV module know each other, the module's only
// instance; lives as long as the program. Does not throw. The number in the name is the version of
// what they share (the virtual table of Imaging and the structs it passes): raise it with every
// change to them, so that no library calls into a module that was built for another layout.
extern "C" ZIPDREAM_API const zipdream::Imaging* zipdream_imaging_v1();
