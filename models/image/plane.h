// SPDX-License-Identifier: Apache-2.0
// The rows of a picture that are still looked at, and the neighbours of its places.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/image/kernels.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

// A neighbour of a place: `channel` channels away in the pixel at (dx, dy).
struct Offset {
  int channel;
  int dx;
  int dy;
};

// Places around one, from the nearest outwards.
struct StepOffset {
  int dx;
  int dy;
};
using StepOffsets = std::array<StepOffset, kNeighbours>;

// The neighbours of a channel: its own, and where there are several channels those of the ones
// before it at the same place and around it. The first 6, 10 and 16 are the regressors of the
// smaller predictors. Of the rows above and to the left, or of those places.
[[nodiscard]] std::array<Offset, kNeighbours> offsets_of(int channel, int channels);
[[nodiscard]] std::array<Offset, kNeighbours> offsets_of(int channel, int channels,
                                                         const StepOffsets& steps);

inline constexpr int kStartPixel = 118;  // stands for the pixel before the first

// Where a place lies; samples of another kind of place count less.
enum class Position : std::uint8_t {
  kFirstRow,
  kSecondRow,
  kFirstColumn,
  kSecondColumn,
  kLastColumn,
  kLastButOne,
  kInside,
  kFirst,  // of all
};

class Neighbourhood;

// The last rows of all channels. What lies beyond the edges is the nearest place that is known.
// Threads: as a standard container.
class PixelRows {
 public:
  using Around = Neighbourhood;
  static constexpr int kRows = 16;          // of which the last 14 are read
  static constexpr std::size_t kKinds = 1;  // of places, each predicted by its own means

  PixelRows(std::size_t width, std::size_t channels, int start)
      : width_(static_cast<int>(width)),
        channels_(static_cast<int>(channels)),
        start_(start),
        bytes_(kRows * width * channels) {}

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int channels() const { return channels_; }

  // The place of the next byte.
  [[nodiscard]] int x() const { return x_; }
  [[nodiscard]] int y() const { return y_; }
  [[nodiscard]] int channel() const { return channel_; }

  [[nodiscard]] static std::size_t kind() { return 0; }

  // Whether other rows begin behind the byte: never.
  bool append(Byte byte);

  // The pixel at (x, y), y counted from the top. REQUIRES: it is known and of the last rows.
  [[nodiscard]] int at(int channel, int x, int y) const { return row(channel, y)[x]; }
  [[nodiscard]] const Byte* row(int channel, int y) const {
    return bytes_.data() + static_cast<std::size_t>((y % kRows) * channels_ + channel) * width_;
  }

  // What stands at an offset of a place: of the place where it is known before that, and else to
  // the left, above, or the start value.
  [[nodiscard]] int neighbour(int channel, int x, int y, const Offset& offset) const;

  [[nodiscard]] Position position(int x, int y) const;

 private:
  int width_;
  int channels_;
  int start_;
  Bytes bytes_;  // (kRows, channels, width)
  int x_ = 0;
  int y_ = 0;
  int channel_ = 0;
};

// The regressors of a place, the centre that they and the pixel are counted from, and the eight
// neighbours of which all of these are made in part.
struct Surroundings {
  alignas(64) std::array<float, kNeighbours> regressors;
  float centre;
  Position position;
};

// Of one channel.
// Threads: const members may be called from many.
class Neighbourhood {
 public:
  Neighbourhood(std::size_t kind, int channel, int channels);

  // REQUIRES: all pixels before (x, y) are known and of the last rows.
  void look(const PixelRows& rows, int x, int y, Surroundings& out) const;

  // The median predictor of JPEG-LS.
  [[nodiscard]] float simple_prediction(const PixelRows& rows, int x, int y) const;

 private:
  void look_inside(const PixelRows& rows, int x, int y, Surroundings& out) const;

  int channel_;
  int channels_;
  std::array<Offset, kNeighbours> offsets_;
};

}  // namespace zipdream::image
