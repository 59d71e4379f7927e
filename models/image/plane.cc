// SPDX-License-Identifier: Apache-2.0
#include "models/image/plane.h"

#include <algorithm>

namespace zipdream::image {
namespace {

constexpr StepOffsets kSteps = {
    {{-1, 0},  {0, -1},  {-1, -1}, {1, -1},  {-2, 0}, {0, -2},  {1, -2},  {-1, -2},
     {-2, -1}, {2, -1},  {-3, 0},  {0, -3},  {2, -2}, {-2, -2}, {-3, -1}, {3, -1},
     {1, -3},  {-1, -3}, {3, -2},  {-3, -2}, {2, -3}, {-2, -3}, {-4, 0},  {0, -4},
     {4, -1},  {-4, -1}, {1, -4},  {-1, -4}, {-5, 0}, {3, -3},  {-3, -3}, {4, -2}}};
constexpr int kFarLeft = 5;
constexpr int kFarRight = 4;
constexpr int kFarUp = 4;

// (3 W + 3 N + NW + NE) / 8.
float centre_of(int w, int n, int nw, int ne) {
  return static_cast<float>(3 * (w + n) + nw + ne) * 0.125F;
}

}  // namespace

std::array<Offset, kNeighbours> offsets_of(int channel, int channels) {
  return offsets_of(channel, channels, kSteps);
}

std::array<Offset, kNeighbours> offsets_of(int channel, int channels, const StepOffsets& steps) {
  std::array<Offset, kNeighbours> offsets;
  std::size_t count = 0;
  std::array<std::size_t, 8> taken{};
  const auto take = [&](int other, std::size_t upto) {
    for (std::size_t& i = taken[other]; i < upto && count < offsets.size(); ++i) {
      offsets[count++] = {other, steps[i].dx, steps[i].dy};
    }
  };
  const int known = std::min(channel, 2);  // of the channels before, the last two
  for (int other = channel - 1; other >= channel - known; --other) offsets[count++] = {other, 0, 0};
  const auto round = [&](std::size_t own, std::size_t others) {
    take(channel, own);
    for (int other = channel - 1; other >= channel - known; --other) take(other, others);
  };
  round(2, 2);
  round(4, 2);
  round(6, 4);
  if (channel == 0 && channels > 1) take(1, 2);
  round(10, 6);
  if (channels == 3 && channel == 0) take(2, 2);
  round(12, 7);
  round(kNeighbours, 7);
  return offsets;
}

bool PixelRows::append(Byte byte) {
  bytes_[static_cast<std::size_t>((y_ % kRows) * channels_ + channel_) * width_ + x_] = byte;
  if (++channel_ < channels_) return false;
  channel_ = 0;
  if (++x_ < width_) return false;
  x_ = 0;
  ++y_;
  return false;
}

int PixelRows::neighbour(int channel, int x, int y, const Offset& offset) const {
  const int other = offset.channel;
  const int column = std::clamp(x + offset.dx, 0, width_ - 1);
  const int line = std::max(y + offset.dy, 0);
  const bool is_known = line < y || (line == y && (column < x || (column == x && other < channel)));
  if (is_known) return at(other, column, line);
  if (x > 0) return at(other, x - 1, y);
  return y > 0 ? at(other, x, y - 1) : start_;
}

Position PixelRows::position(int x, int y) const {
  if (y == 0) return x == 0 ? Position::kFirst : Position::kFirstRow;
  if (x == 0) return Position::kFirstColumn;
  if (x == width_ - 1) return Position::kLastColumn;
  if (y == 1) return Position::kSecondRow;
  if (x == 1) return Position::kSecondColumn;
  return x == width_ - 2 ? Position::kLastButOne : Position::kInside;
}

Neighbourhood::Neighbourhood(std::size_t /*kind*/, int channel, int channels)
    : channel_(channel), channels_(channels), offsets_(offsets_of(channel, channels)) {}

void Neighbourhood::look(const PixelRows& rows, int x, int y, Surroundings& out) const {
  out.position = rows.position(x, y);
  if (x >= kFarLeft && x + kFarRight < rows.width() && y >= kFarUp) {
    return look_inside(rows, x, y, out);
  }
  std::array<float, 8> centres{};
  for (int c = 0; c < channels_; ++c) {
    const auto neighbour = [&](int dx, int dy) {
      return rows.neighbour(channel_, x, y, {c, dx, dy});
    };
    centres[c] = centre_of(neighbour(-1, 0), neighbour(0, -1), neighbour(-1, -1), neighbour(1, -1));
  }
  out.centre = centres[channel_];
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const Offset& offset = offsets_[i];
    out.regressors[i] =
        static_cast<float>(rows.neighbour(channel_, x, y, offset)) - centres[offset.channel];
  }
}

float Neighbourhood::simple_prediction(const PixelRows& rows, int x, int y) const {
  const auto neighbour = [&](int dx, int dy) {
    return rows.neighbour(channel_, x, y, {channel_, dx, dy});
  };
  const int w = neighbour(-1, 0);
  const int n = neighbour(0, -1);
  const auto [low, high] = std::minmax(w, n);
  return static_cast<float>(std::clamp(w + n - neighbour(-1, -1), low, high));
}

void Neighbourhood::look_inside(const PixelRows& rows, int x, int y, Surroundings& out) const {
  std::array<float, 8> centres{};
  std::array<std::array<const Byte*, kFarUp + 1>, 8> lines;
  for (int c = 0; c < channels_; ++c) {
    for (int up = 0; up <= kFarUp; ++up) lines[c][up] = rows.row(c, y - up) + x;
    const Byte* above = lines[c][1];
    centres[c] = centre_of(lines[c][0][-1], above[0], above[-1], above[1]);
  }
  out.centre = centres[channel_];
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const Offset& offset = offsets_[i];
    out.regressors[i] =
        static_cast<float>(lines[offset.channel][-offset.dy][offset.dx]) - centres[offset.channel];
  }
}

}  // namespace zipdream::image
