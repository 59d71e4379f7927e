// SPDX-License-Identifier: Apache-2.0
// One head of attention: out = sum over t of softmax(q . k[t]) v[t]. Included by kernels.cc only.

// The number of dimensions for which values are mixed at once, each a sum of its own over the
// positions.
constexpr std::size_t kMixedDimensions = HWY_CAP_GE512 ? 8 : 4;

// scores = e^(scores - the highest), zero up to the next multiple of 16. Returns their sum.
float exponentiate(float* scores, std::size_t length) {
  const std::size_t whole = length / kLanes * kLanes;
  const std::size_t rest = length - whole;
  const float lowest = std::numeric_limits<float>::lowest();
  Sixteen<float> top = all(lowest);
  for (std::size_t t = 0; t < whole; t += kLanes) top = higher(top, load(scores + t));
  if (rest > 0) top = higher(top, first_lanes(load(scores + whole), rest, lowest));
  const Sixteen<float> shift = all(highest(top));
  Sixteen<float> total = all(0.0F);
  for (std::size_t t = 0; t < whole; t += kLanes) {
    const Sixteen<float> weight = exp(load(scores + t) - shift);
    store(weight, scores + t);
    total = total + weight;
  }
  if (rest > 0) {
    const Sixteen<float> weight = first_lanes(exp(load(scores + whole) - shift), rest, 0.0F);
    store(weight, scores + whole);
    total = total + weight;
  }
  return sum(total);
}

// out[d] = sum over t of weights[t] values[t][d] scale, for kCount dimensions. Positions past
// `length` on the last page may hold anything.
template <std::size_t kCount>
HWY_INLINE void mix(const Attention& a, const float* weights, std::size_t length, float scale,
                    std::size_t dimension, float* out) {
  Sixteen<float> sums[kCount];
  for (auto& each : sums) each = all(0.0F);
  for (std::size_t t = 0; t < length; t += kLanes) {
    const float* const values = a.pages[t / kPanel] + a.values + dimension * kPanel + t % kPanel;
    const Sixteen<float> weight = load(weights + t);
    if (t + kLanes <= length) {
      for (std::size_t d = 0; d < kCount; ++d) {
        sums[d] = fused(weight, load(values + d * kPanel), sums[d]);
      }
    } else {
      for (std::size_t d = 0; d < kCount; ++d) {
        const Sixteen<float> value = first_lanes(load(values + d * kPanel), length - t, 0.0F);
        sums[d] = fused(weight, value, sums[d]);
      }
    }
  }
  for (std::size_t d = 0; d < kCount; ++d) out[d] = sum(sums[d]) * scale;
}

void mix_all(const Attention& a, float* scores, std::size_t length, float* out) {
  const float scale = 1.0F / exponentiate(scores, length);
  std::size_t d = 0;
  for (; d + kMixedDimensions <= a.head_dim; d += kMixedDimensions) {
    mix<kMixedDimensions>(a, scores, length, scale, d, out + d);
  }
  for (; d < a.head_dim; ++d) mix<1>(a, scores, length, scale, d, out + d);
}

void attend(const Attention& a) {
  for (std::size_t begin = 0; begin < a.rows; begin += kAttentionRows) {
    const std::size_t rows = std::min(kAttentionRows, a.rows - begin);
    const std::size_t longest = a.first_length + begin + rows - 1;
    for (std::size_t t = 0; t < longest; t += kPanel) {
      multiply_rows(a.queries + begin * a.query_stride, a.query_stride, rows,
                    Panel<WeightsF32>{a.pages[t / kPanel] + a.keys, nullptr, nullptr}, a.head_dim,
                    a.scores + t, a.score_stride);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      mix_all(a, a.scores + r * a.score_stride, a.first_length + begin + r,
              a.out + (begin + r) * a.out_stride);
    }
  }
}
