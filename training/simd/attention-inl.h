// SPDX-License-Identifier: Apache-2.0
// Causal attention by blocks of queries. What is kept of the softmax is the logarithm of each row's
// sum, so the backward pass makes the probabilities again. Included by kernels.cc only.

constexpr std::size_t kBlock = 32;  // queries at once

// Copies of one head, padded with zeros.
struct HeadCopies {
  std::size_t positions;  // padded length
  std::size_t size;       // padded head_dim
  float* queries;         // [length][size], scaled by 1 / sqrt(head_dim)
  float* keys;            // [length][size]
  float* keys_across;     // [size][positions]
  float* values;          // [length][size]
};

// Rotates pairs (x[i], x[i + half]) by the angles, or back.
HWY_INLINE void rotate(const float* cos_sin, std::size_t half, bool back, float* x) {
  for (std::size_t i = 0; i < half; ++i) {
    const float cos = cos_sin[2 * i];
    const float sin = back ? -cos_sin[2 * i + 1] : cos_sin[2 * i + 1];
    const float a = x[i];
    const float b = x[i + half];
    x[i] = a * cos - b * sin;
    x[i + half] = b * cos + a * sin;
  }
}

HWY_INLINE const float* cos_sin_at(const HeadOfSequence& head, std::size_t position) {
  return head.cos_sin + position * head.head_dim;
}

// The rows of this head's part: 0 queries, 1 keys, 2 values.
HWY_INLINE void copy_part(const HeadOfSequence& head, std::size_t part, float factor, float* to) {
  const std::size_t size = pad(head.head_dim);
  for (std::size_t i = 0; i < head.length; ++i) {
    const float* from =
        head.projections + (3 * i + part) * head.hidden_size + head.head * head.head_dim;
    float* row = to + i * size;
    for (std::size_t d = 0; d < head.head_dim; ++d) row[d] = from[d] * factor;
    std::fill(row + head.head_dim, row + size, 0.0F);
    if (part < 2 && head.cos_sin != nullptr)
      rotate(cos_sin_at(head, i), head.head_dim / 2, false, row);
  }
}

HWY_INLINE void transpose(const float* from, std::size_t rows, std::size_t columns,
                          std::size_t stride, float* to) {
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) to[c * stride + r] = from[r * columns + c];
    std::fill(to + c * stride + rows, to + (c + 1) * stride, 0.0F);
  }
}

HWY_INLINE std::size_t copies_size(const HeadOfSequence& head) {
  return 4 * pad(head.length) * pad(head.head_dim);
}

HWY_INLINE HeadCopies copy_head(const HeadOfSequence& head, float* scratch) {
  HeadCopies copies{};
  copies.positions = pad(head.length);
  copies.size = pad(head.head_dim);
  const std::size_t each = copies.positions * copies.size;
  copies.queries = scratch;
  copies.keys = scratch + each;
  copies.keys_across = scratch + 2 * each;
  copies.values = scratch + 3 * each;
  copy_part(head, 0, 1 / std::sqrt(static_cast<float>(head.head_dim)), copies.queries);
  copy_part(head, 1, 1, copies.keys);
  copy_part(head, 2, 1, copies.values);
  transpose(copies.keys, head.length, copies.size, copies.positions, copies.keys_across);
  return copies;
}

// scores[r][j] = query (first + r) . key j for all j below `columns`.
HWY_INLINE void scores_of(const HeadCopies& head, std::size_t first, std::size_t rows,
                          std::size_t columns, float* scores) {
  for (std::size_t r = 0; r < rows; ++r) {
    std::fill_n(scores + r * head.positions, columns, 0.0F);
  }
  add_product({head.queries + first * head.size, head.size, 1}, {head.keys_across, head.positions},
              rows, head.size, columns, scores, head.positions);
}

// Of the first `count` numbers; the row is readable up to a multiple of kPad.
HWY_INLINE float highest_of(const float* row, std::size_t count) {
  auto highest = hn::Set(kTag, row[0]);
  std::size_t j = 0;
  for (; j + kWidth <= count; j += kWidth) highest = hn::Max(highest, hn::LoadU(kTag, row + j));
  if (j < count) {
    const auto some = hn::FirstN(kTag, count - j);
    highest = hn::Max(highest, hn::IfThenElse(some, hn::LoadU(kTag, row + j), highest));
  }
  return hn::GetLane(hn::MaxOfLanes(kTag, highest));
}

// row[j] = e^(row[j] - less) for j < count, 0 for the rest of the columns; returns the sum.
HWY_INLINE float exp_row(float* row, std::size_t count, std::size_t columns, float less) {
  auto sum = hn::Zero(kTag);
  const auto offset = hn::Set(kTag, less);
  for (std::size_t j = 0; j < columns; j += kWidth) {
    const auto value = hn::Exp(kTag, hn::Sub(hn::LoadU(kTag, row + j), offset));
    const std::size_t kept = count > j ? std::min(count - j, kWidth) : 0;
    const auto masked = hn::IfThenElseZero(hn::FirstN(kTag, kept), value);
    sum = hn::Add(sum, masked);
    hn::StoreU(masked, kTag, row + j);
  }
  return hn::GetLane(hn::SumOfLanes(kTag, sum));
}

void attend(const HeadOfSequence& head, Scratch& scratch, float* out, float* log_sums) {
  const std::size_t size = pad(head.head_dim);
  const std::size_t positions = pad(head.length);
  scratch.resize(copies_size(head) + kBlock * (positions + size));
  const HeadCopies copies = copy_head(head, scratch.data());
  float* scores = scratch.data() + copies_size(head);  // [kBlock][positions]
  float* mixed = scores + kBlock * positions;          // [kBlock][size]
  for (std::size_t first = 0; first < head.length; first += kBlock) {
    const std::size_t rows = std::min(kBlock, head.length - first);
    const std::size_t columns = pad(first + rows);
    scores_of(copies, first, rows, columns, scores);
    float sums[kBlock];
    for (std::size_t r = 0; r < rows; ++r) {
      float* row = scores + r * positions;
      const float highest = highest_of(row, first + r + 1);
      sums[r] = exp_row(row, first + r + 1, columns, highest);
      log_sums[first + r] = highest + std::log(sums[r]);
    }
    std::fill_n(mixed, rows * size, 0.0F);
    add_product({scores, positions, 1}, {copies.values, size}, rows, first + rows, size, mixed,
                size);
    for (std::size_t r = 0; r < rows; ++r) {
      float* to = out + (first + r) * head.hidden_size + head.head * head.head_dim;
      for (std::size_t d = 0; d < head.head_dim; ++d) to[d] = mixed[r * size + d] / sums[r];
    }
  }
}

// The gradients of one part, scaled and rotated back, into the rows of d_projections.
HWY_INLINE void place_part(const HeadOfSequence& head, std::size_t part, float factor, float* from,
                           float* d_projections) {
  const std::size_t size = pad(head.head_dim);
  for (std::size_t i = 0; i < head.length; ++i) {
    float* row = from + i * size;
    if (part < 2 && head.cos_sin != nullptr)
      rotate(cos_sin_at(head, i), head.head_dim / 2, true, row);
    float* to = d_projections + (3 * i + part) * head.hidden_size + head.head * head.head_dim;
    for (std::size_t d = 0; d < head.head_dim; ++d) to[d] = row[d] * factor;
  }
}

// p[j] = p[j] (d[j] - less): the gradient of the scores from that of the probabilities.
HWY_INLINE void softmax_backward_row(const float* p, float less, std::size_t columns, float* d) {
  const auto offset = hn::Set(kTag, less);
  for (std::size_t j = 0; j < columns; j += kWidth) {
    const auto gradient = hn::Sub(hn::LoadU(kTag, d + j), offset);
    hn::StoreU(hn::Mul(hn::LoadU(kTag, p + j), gradient), kTag, d + j);
  }
}

void attend_backward(const HeadOfSequence& head, const float* out, const float* log_sums,
                     const float* d_out, Scratch& scratch, float* d_projections) {
  const std::size_t size = pad(head.head_dim);
  const std::size_t positions = pad(head.length);
  const std::size_t each = positions * size;
  scratch.resize(copies_size(head) + 5 * each + 2 * kBlock * positions);
  const HeadCopies copies = copy_head(head, scratch.data());
  float* values_across = scratch.data() + copies_size(head);  // [size][positions]
  float* d_mixed = values_across + each;                      // [length][size]
  float* d_queries = d_mixed + each;
  float* d_keys = d_queries + each;
  float* d_values = d_keys + each;
  float* p = d_values + each;         // [kBlock][positions]
  float* d = p + kBlock * positions;  // [kBlock][positions]
  std::fill_n(d_queries, 3 * each, 0.0F);
  transpose(copies.values, head.length, size, positions, values_across);
  const std::size_t column = head.head * head.head_dim;
  for (std::size_t i = 0; i < head.length; ++i) {
    std::copy_n(d_out + i * head.hidden_size + column, head.head_dim, d_mixed + i * size);
    std::fill(d_mixed + i * size + head.head_dim, d_mixed + (i + 1) * size, 0.0F);
  }
  for (std::size_t first = 0; first < head.length; first += kBlock) {
    const std::size_t rows = std::min(kBlock, head.length - first);
    const std::size_t columns = pad(first + rows);
    scores_of(copies, first, rows, columns, p);
    for (std::size_t r = 0; r < rows; ++r) {
      exp_row(p + r * positions, first + r + 1, columns, log_sums[first + r]);
      std::fill_n(d + r * positions, columns, 0.0F);
    }
    const Elements upstream{d_mixed + first * size, size, 1};
    add_product(upstream, {values_across, positions}, rows, size, columns, d, positions);
    // dV += P^T dO.
    add_product({p, 1, positions}, {d_mixed + first * size, size}, first + rows, rows, size,
                d_values, size);
    for (std::size_t r = 0; r < rows; ++r) {
      float dot = 0;  // d_out . out is the mean of d under p
      const std::size_t at = (first + r) * head.hidden_size + column;
      for (std::size_t i = 0; i < head.head_dim; ++i) dot += d_out[at + i] * out[at + i];
      softmax_backward_row(p + r * positions, dot, columns, d + r * positions);
    }
    add_product({d, positions, 1}, {copies.keys, size}, rows, first + rows, size,
                d_queries + first * size, size);
    add_product({d, 1, positions}, {copies.queries + first * size, size}, first + rows, rows, size,
                d_keys, size);
  }
  place_part(head, 0, 1 / std::sqrt(static_cast<float>(head.head_dim)), d_queries, d_projections);
  place_part(head, 1, 1, d_keys, d_projections);
  place_part(head, 2, 1, d_values, d_projections);
}
