// SPDX-License-Identifier: Apache-2.0
#include "models/image/pyramid_rows.h"

#include <algorithm>

namespace zipdream::image {
namespace {

constexpr int kSmallSide = 16;  // pixels of the small version's longer side, at most
constexpr int kReachOfSteps = 5;

// From the nearest outwards; of odd places in a row of even ones.
constexpr StepOffsets kColumnOffsets = {
    {{-1, 0}, {1, 0},   {0, -2},  {-1, -2}, {1, -2},  {-2, 0}, {-1, 2},  {1, 2},
     {-3, 0}, {3, 0},   {-2, -2}, {2, -2},  {-3, -2}, {3, -2}, {-3, 2},  {3, 2},
     {-4, 0}, {0, -4},  {-1, -4}, {1, -4},  {-1, 4},  {1, 4},  {-4, -2}, {4, -2},
     {2, -4}, {-2, -4}, {5, 0},   {-5, 0},  {-3, 4},  {3, 4},  {-3, -4}, {3, -4}}};

// Of rows between others.
constexpr StepOffsets kRowOffsets = {
    {{0, -1},  {0, 1},  {-1, 0}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1},   {0, -2},
     {-2, 0},  {0, 3},  {0, -3}, {-2, -1}, {-2, 1}, {2, -1}, {2, 1},   {1, -2},
     {-1, -2}, {-1, 3}, {1, 3},  {-1, -3}, {1, -3}, {-3, 0}, {-2, -2}, {2, -2},
     {-3, -1}, {-3, 1}, {3, -1}, {3, 1},   {0, -4}, {-2, 3}, {2, 3},   {-4, 0}}};

int count_of(int size, int first, int step) {
  return first >= size ? 0 : (size - first + step - 1) / step;
}

}  // namespace

std::vector<PyramidStep> pyramid_steps(const PyramidShape& shape) {
  int unit = 1;
  while ((std::max(shape.width, shape.height) - 1) / unit >= kSmallSide) unit *= 2;
  std::vector<PyramidStep> steps;
  // The pixels that are step_x and step_y, and multiples of these, from (x, y).
  const auto add = [&](PyramidStep step, int x, int y) {
    step.left = x % step.step_x;
    step.top = y % step.step_y;
    step.columns = count_of(shape.width, step.left, step.step_x);
    step.rows = count_of(shape.height, step.top, step.step_y);
    if (step.columns > 0 && step.rows > 0) steps.push_back(step);
  };
  const int x = shape.anchor_x;
  const int y = shape.anchor_y;
  add({.kind = PyramidStep::kSmall, .unit = unit, .step_x = unit, .step_y = unit}, x, y);
  for (unit /= 2; unit > 0; unit /= 2) {
    const int twice = 2 * unit;
    add({.kind = PyramidStep::kNewColumns, .unit = unit, .step_x = twice, .step_y = twice},
        x + unit, y);
    add({.kind = PyramidStep::kNewRows, .unit = unit, .step_x = unit, .step_y = twice}, x,
        y + unit);
  }
  return steps;
}

std::vector<std::uint32_t> pyramid_order(const PyramidShape& shape) {
  const auto width = static_cast<std::uint32_t>(shape.width);
  const auto channels = static_cast<std::uint32_t>(shape.channels);
  std::vector<std::uint32_t> order;
  order.reserve(std::size_t{width} * shape.height * channels);
  for (const PyramidStep& step : pyramid_steps(shape)) {
    for (int j = 0; j < step.rows; ++j) {
      for (int i = 0; i < step.columns; ++i) {
        const auto y = static_cast<std::uint32_t>(step.top + j * step.step_y);
        const auto x = static_cast<std::uint32_t>(step.left + i * step.step_x);
        for (std::uint32_t c = 0; c < channels; ++c)
          order.push_back((y * width + x) * channels + c);
      }
    }
  }
  return order;
}

PyramidRows::PyramidRows(const PyramidShape& shape, int start)
    : width_(shape.width),
      height_(shape.height),
      channels_(shape.channels),
      start_(start),
      steps_(pyramid_steps(shape)),
      planes_(static_cast<std::size_t>(width_) * height_ * channels_) {}

bool PyramidRows::append(Byte byte) {
  const std::size_t at = place(channel_, x_, y_) - planes_.data();
  planes_[at] = byte;
  const bool is_last = channel_ + 1 == channels_ && x_ + 1 == step().columns &&
                       y_ + 1 == step().rows && now_ + 1 == steps_.size();
  if (is_last || ++channel_ < channels_) return false;
  channel_ = 0;
  if (++x_ < step().columns) return false;
  x_ = 0;
  if (++y_ < step().rows) return false;
  y_ = 0;
  ++now_;
  return true;
}

// Whether the pixel, of the whole picture, comes before the one at (from_x, from_y) of this step.
bool PyramidRows::is_known(int x, int y, int from_x, int from_y) const {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return false;
  const PyramidStep& step = this->step();
  const bool is_of_step = (x - step.left) % step.step_x == 0 && (y - step.top) % step.step_y == 0;
  return !is_of_step || y < from_y || (y == from_y && x < from_x);
}

int PyramidRows::neighbour(int channel, int x, int y, const Offset& offset) const {
  const int from_x = step().left + x * step().step_x;
  const int from_y = step().top + y * step().step_y;
  const std::size_t plane = static_cast<std::size_t>(offset.channel) * height_;
  if (offset.dx == 0 && offset.dy == 0) {
    return offset.channel < channel ? planes_[(plane + from_y) * width_ + from_x] : -1;
  }
  for (const int sign_x : {1, -1}) {
    for (const int sign_y : {1, -1}) {
      const int to_x = from_x + sign_x * offset.dx * step().unit;
      const int to_y = from_y + sign_y * offset.dy * step().unit;
      if (is_known(to_x, to_y, from_x, from_y)) return planes_[(plane + to_y) * width_ + to_x];
    }
  }
  return -1;
}

bool PyramidRows::is_inside(int x, int y, int reach) const {
  const int from_x = step().left + x * step().step_x;
  const int from_y = step().top + y * step().step_y;
  const int distance = reach * step().unit;
  return from_x >= distance && from_y >= distance && from_x + distance < width_ &&
         from_y + distance < height_;
}

Position PyramidRows::position(int x, int y) const {
  if (y == 0) return x == 0 ? Position::kFirst : Position::kFirstRow;
  if (x == 0) return Position::kFirstColumn;
  if (x == width() - 1) return Position::kLastColumn;
  if (y == 1) return Position::kSecondRow;
  if (x == 1) return Position::kSecondColumn;
  return x == width() - 2 ? Position::kLastButOne : Position::kInside;
}

PyramidNeighbourhood::PyramidNeighbourhood(std::size_t kind, int channel, int channels)
    : kind_(static_cast<PyramidStep::Kind>(kind)),
      channel_(channel),
      channels_(channels),
      offsets_(kind == PyramidStep::kSmall
                   ? offsets_of(channel, channels)
                   : offsets_of(channel, channels,
                                kind == PyramidStep::kNewRows ? kRowOffsets : kColumnOffsets)) {}

// Of the neighbours that are there; else of what is to the left or above.
float PyramidNeighbourhood::centre(const PyramidRows& rows, int channel, int x, int y) const {
  const bool is_row = kind_ == PyramidStep::kNewRows;
  const auto neighbour = [&](int dx, int dy) {
    return rows.neighbour(channel_, x, y, {channel, dx, dy});
  };
  if (kind_ != PyramidStep::kSmall) {
    return 0.5F * static_cast<float>(neighbour(is_row ? 0 : -1, is_row ? -1 : 0) +
                                     neighbour(is_row ? 0 : 1, is_row ? 1 : 0));
  }
  const int w = x > 0 ? neighbour(-1, 0) : -1;
  const int n = y > 0 ? neighbour(0, -1) : -1;
  if (w < 0 && n < 0) return static_cast<float>(rows.start());
  return 0.5F * static_cast<float>((w < 0 ? n : w) + (n < 0 ? w : n));
}

void PyramidNeighbourhood::look(const PyramidRows& rows, int x, int y, Surroundings& out) const {
  out.position = rows.position(x, y);
  if (kind_ != PyramidStep::kSmall && rows.is_inside(x, y, kReachOfSteps)) {
    return look_inside(rows, x, y, out);
  }
  std::array<float, 8> centres{};
  for (int c = 0; c < channels_; ++c) centres[c] = centre(rows, c, x, y);
  out.centre = centres[channel_];
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const Offset& offset = offsets_[i];
    const int value = rows.neighbour(channel_, x, y, offset);
    out.regressors[i] = value < 0 ? 0 : static_cast<float>(value) - centres[offset.channel];
  }
}

void PyramidNeighbourhood::look_inside(const PyramidRows& rows, int x, int y,
                                       Surroundings& out) const {
  const std::ptrdiff_t right = rows.step().unit;
  const std::ptrdiff_t down = right * rows.row_size();
  std::array<float, 8> centres{};
  std::array<const Byte*, 8> places{};
  const std::ptrdiff_t aside = kind_ == PyramidStep::kNewRows ? down : right;
  for (int c = 0; c < channels_; ++c) {
    places[c] = rows.place(c, x, y);
    centres[c] = 0.5F * static_cast<float>(places[c][-aside] + places[c][aside]);
  }
  out.centre = centres[channel_];
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const Offset& offset = offsets_[i];
    const Byte value = places[offset.channel][offset.dy * down + offset.dx * right];
    out.regressors[i] = static_cast<float>(value) - centres[offset.channel];
  }
}

float PyramidNeighbourhood::simple_prediction(const PyramidRows& rows, int x, int y) const {
  const float middle = centre(rows, channel_, x, y);
  if (kind_ == PyramidStep::kSmall) return middle;
  const bool is_row = kind_ == PyramidStep::kNewRows;
  const int low = rows.neighbour(channel_, x, y, {channel_, is_row ? 0 : -3, is_row ? -3 : 0});
  const int high = rows.neighbour(channel_, x, y, {channel_, is_row ? 0 : 3, is_row ? 3 : 0});
  if (low < 0 || high < 0) return middle;
  const float outer = 0.5F * static_cast<float>(low + high);
  return std::clamp(middle + 0.125F * (middle - outer), 0.0F, 255.0F);
}

}  // namespace zipdream::image
