// SPDX-License-Identifier: Apache-2.0
// The pixels of a picture from coarse to fine. First a small version, every s-th pixel of every
// s-th row, s a power of two; then doublings: the pixels halfway between those in the rows that
// there are (columns), then the rows halfway between those (rows), until s is 1. Each of these
// steps is a picture in rows of its own, whose pixels have neighbours on all sides. Where a part of
// the picture is given and the rest follows from it, a pixel at their border, the anchor, is one of
// the small version's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/image/plane.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

struct PyramidShape {
  int width = 1;
  int height = 1;
  int channels = 1;
  int anchor_x = 0;
  int anchor_y = 0;
};

// One step: the pixels at (left + i step_x, top + j step_y) for i < columns, j < rows.
struct PyramidStep {
  enum Kind : std::uint8_t { kSmall, kNewColumns, kNewRows };

  Kind kind = kSmall;
  int unit = 1;  // between the pixels that are known when it is done
  int left = 0;
  int top = 0;
  int step_x = 1;
  int step_y = 1;
  int columns = 0;
  int rows = 0;
};

// In their order; none is empty. Each pixel is of exactly one. REQUIRES: both sides are positive.
[[nodiscard]] std::vector<PyramidStep> pyramid_steps(const PyramidShape& shape);

// order[i] = the place in the picture, whose bytes lie row by row, of the byte that comes i-th.
[[nodiscard]] std::vector<std::uint32_t> pyramid_order(const PyramidShape& shape);

class PyramidNeighbourhood;

// All pixels, as far as they are known; rows and columns are those of the present step. The same
// interface as PixelRows. Threads: as a standard container.
class PyramidRows {
 public:
  using Around = PyramidNeighbourhood;
  static constexpr std::size_t kKinds = 3;

  PyramidRows(const PyramidShape& shape, int start);

  [[nodiscard]] int width() const { return step().columns; }
  [[nodiscard]] int channels() const { return channels_; }
  [[nodiscard]] std::size_t kind() const { return step().kind; }
  [[nodiscard]] const PyramidStep& step() const { return steps_[now_]; }

  // The place of the next byte in its step; of the last byte once all are known.
  [[nodiscard]] int x() const { return x_; }
  [[nodiscard]] int y() const { return y_; }
  [[nodiscard]] int channel() const { return channel_; }

  // Returns whether another step begins behind the byte. More bytes than there are change nothing.
  bool append(Byte byte);

  // REQUIRES: it is known.
  [[nodiscard]] int at(int channel, int x, int y) const { return *place(channel, x, y); }

  // Of a place of this step in its plane.
  [[nodiscard]] const Byte* place(int channel, int x, int y) const {
    return planes_.data() +
           (static_cast<std::size_t>(channel) * height_ +
            static_cast<std::size_t>(step().top + y * step().step_y)) *
               width_ +
           (step().left + x * step().step_x);
  }

  // What stands `offset` units away from a place, or as far on the other side; -1 where neither was
  // known before that place.
  [[nodiscard]] int neighbour(int channel, int x, int y, const Offset& offset) const;

  // Whether all within `reach` units is in the picture.
  [[nodiscard]] bool is_inside(int x, int y, int reach) const;

  [[nodiscard]] int row_size() const { return width_; }
  [[nodiscard]] int start() const { return start_; }
  [[nodiscard]] Position position(int x, int y) const;

 private:
  [[nodiscard]] bool is_known(int x, int y, int from_x, int from_y) const;

  int width_;
  int height_;
  int channels_;
  int start_;
  std::vector<PyramidStep> steps_;
  std::size_t now_ = 0;
  Bytes planes_;  // (channels, height, width)
  int x_ = 0;
  int y_ = 0;
  int channel_ = 0;
};

// Of one channel, in steps of one kind. Threads: const members may be called from many.
class PyramidNeighbourhood {
 public:
  PyramidNeighbourhood(std::size_t kind, int channel, int channels);

  // REQUIRES: all pixels before (x, y) are known.
  void look(const PyramidRows& rows, int x, int y, Surroundings& out) const;

  // Halfway between the two neighbours, with half of what they are off from theirs.
  [[nodiscard]] float simple_prediction(const PyramidRows& rows, int x, int y) const;

 private:
  [[nodiscard]] float centre(const PyramidRows& rows, int channel, int x, int y) const;
  void look_inside(const PyramidRows& rows, int x, int y, Surroundings& out) const;

  PyramidStep::Kind kind_;
  int channel_;
  int channels_;
  std::array<Offset, kNeighbours> offsets_;
};

}  // namespace zipdream::image
