// SPDX-License-Identifier: Apache-2.0
// One head of attention: out = sum over t of softmax(q . k[t]) v[t]. Included by kernels.cc only.

// The number of dimensions for which values are mixed at once, each a sum of its own over the
// positions.
constexpr std::size_t kMixedDimensions = HWY_CAP_GE512 ? 8 : 4;

// The positions that a row sees: [begin, end).
struct Seen {
  std::size_t begin;
  std::size_t end;

  // Where the first sixteen of them begin that lie on one page.
  [[nodiscard]] std::size_t first() const { return begin / kLanes * kLanes; }
  // x, which stands for the positions from t on, with `rest` where they are not seen.
  [[nodiscard]] HWY_INLINE Sixteen<float> only(const Sixteen<float>& x, std::size_t t,
                                               float rest) const {
    Sixteen<float> result = x;
    if (t + kLanes > end) result = first_lanes(result, end - t, rest);
    if (t < begin) result = all_but_first_lanes(result, begin - t, rest);
    return result;
  }
};

// scores = e^(scores - the highest), zero where nothing is seen of the sixteens that are. Returns
// their sum.
float exponentiate(float* scores, Seen seen) {
  const float lowest = std::numeric_limits<float>::lowest();
  Sixteen<float> top = all(lowest);
  for (std::size_t t = seen.first(); t < seen.end; t += kLanes) {
    top = higher(top, seen.only(load(scores + t), t, lowest));
  }
  const Sixteen<float> shift = all(highest(top));
  Sixteen<float> total = all(0.0F);
  for (std::size_t t = seen.first(); t < seen.end; t += kLanes) {
    const Sixteen<float> weight = seen.only(exp(load(scores + t) - shift), t, 0.0F);
    store(weight, scores + t);
    total = total + weight;
  }
  return sum(total);
}

// Adds weights[t] values[t][d] to kCount sums, for the positions from the sixteen at `t` on that
// lie before `end` and are seen. Those that are not may hold anything.
template <std::size_t kCount>
HWY_INLINE void mix_edge(const Attention& a, const float* weights, Seen seen, std::size_t dimension,
                         std::size_t t, std::size_t end, Sixteen<float>* sums) {
  for (; t < std::min(end, seen.end); t += kLanes) {
    const float* const values = a.pages[t / kPanel] + a.values + dimension * kPanel + t % kPanel;
    const Sixteen<float> weight = load(weights + t);
    for (std::size_t d = 0; d < kCount; ++d) {
      const Sixteen<float> value = seen.only(load(values + d * kPanel), t, 0.0F);
      sums[d] = fused(weight, value, sums[d]);
    }
  }
}

// out[r][d] = sum over t of scores[r][t] values[t][d] scales[r], for kRows neighbouring rows and
// kCount dimensions. Each sum is in the order of the positions, whatever else is summed beside it.
template <std::size_t kRows, std::size_t kCount>
HWY_INLINE void mix(const Attention& a, const float* scores, const Seen* seen, const float* scales,
                    std::size_t dimension, float* out) {
  Sixteen<float> sums[kRows][kCount];
  std::size_t begin = 0;  // what all rows see whole sixteens of
  std::size_t end = ~std::size_t{0};
  for (std::size_t r = 0; r < kRows; ++r) {
    for (auto& each : sums[r]) each = all(0.0F);
    begin = std::max(begin, (seen[r].begin + kLanes - 1) / kLanes * kLanes);
    end = std::min(end, seen[r].end / kLanes * kLanes);
  }
  end = std::max(begin, end);
  for (std::size_t r = 0; r < kRows; ++r) {
    mix_edge<kCount>(a, scores + r * a.score_stride, seen[r], dimension, seen[r].first(), begin,
                     sums[r]);
  }
  for (std::size_t t = begin; t < end; t += kLanes) {
    const float* const values = a.pages[t / kPanel] + a.values + dimension * kPanel + t % kPanel;
    for (std::size_t d = 0; d < kCount; ++d) {
      const Sixteen<float> value = load(values + d * kPanel);
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[r][d] = fused(load(scores + r * a.score_stride + t), value, sums[r][d]);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    mix_edge<kCount>(a, scores + r * a.score_stride, seen[r], dimension, end, seen[r].end, sums[r]);
    for (std::size_t d = 0; d < kCount; ++d) {
      out[r * a.out_stride + d] = sum(sums[r][d]) * scales[r];
    }
  }
}

template <std::size_t kRows>
void mix_all(const Attention& a, float* scores, const Seen* seen, float* out) {
  // As many sums as there are registers for.
  constexpr std::size_t kMost = kRows == 1 ? kMixedDimensions : kMixedDimensions * 2 / kRows;
  float scales[kRows];
  for (std::size_t r = 0; r < kRows; ++r) {
    scales[r] = 1.0F / exponentiate(scores + r * a.score_stride, seen[r]);
  }
  std::size_t d = 0;
  for (; d + kMost <= a.head_dim; d += kMost) {
    mix<kRows, kMost>(a, scores, seen, scales, d, out + d);
  }
  for (; d < a.head_dim; ++d) mix<kRows, 1>(a, scores, seen, scales, d, out + d);
}

Seen seen_by(const Attention& a, std::size_t row) {
  const std::size_t end = a.first_length + row;
  return {a.window == 0 || a.window >= end ? 0 : end - a.window, end};
}

void attend(const Attention& a) {
  for (std::size_t begin = 0; begin < a.rows; begin += kAttentionRows) {
    const std::size_t rows = std::min(kAttentionRows, a.rows - begin);
    const std::size_t first_page = seen_by(a, begin).begin / kPanel;
    const std::size_t end = seen_by(a, begin + rows - 1).end;
    for (std::size_t t = first_page * kPanel; t < end; t += kPanel) {
      multiply_rows(a.queries + begin * a.query_stride, a.query_stride, rows,
                    Panel<WeightsF32>{a.pages[t / kPanel] + a.keys, nullptr, nullptr}, a.head_dim,
                    a.scores + t, a.score_stride);
    }
    Seen seen[kAttentionRows];
    for (std::size_t r = 0; r < rows; ++r) seen[r] = seen_by(a, begin + r);
    float* const out = a.out + begin * a.out_stride;
    if (rows == kAttentionRows) {
      mix_all<kAttentionRows>(a, a.scores, seen, out);
      continue;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      mix_all<1>(a, a.scores + r * a.score_stride, seen + r, out + r * a.out_stride);
    }
  }
}
