// SPDX-License-Identifier: Apache-2.0
// What is done to each row by itself. Included by kernels.cc only.

// 1 / sqrt(mean(x^2) + epsilon).
HWY_INLINE float scale_of(const float* x, float epsilon, std::size_t width) {
  auto sum = hn::Zero(kTag);
  for (std::size_t i = 0; i < width; i += kWidth) {
    const auto value = hn::LoadU(kTag, x + i);
    sum = hn::MulAdd(value, value, sum);
  }
  const float mean = hn::GetLane(hn::SumOfLanes(kTag, sum)) / static_cast<float>(width);
  return 1 / std::sqrt(mean + epsilon);
}

void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
              std::size_t width, float* y) {
  for (std::size_t r = 0; r < rows; ++r, x += width, y += width) {
    const auto scale = hn::Set(kTag, scale_of(x, epsilon, width));
    for (std::size_t i = 0; i < width; i += kWidth) {
      const auto scaled = hn::Mul(hn::LoadU(kTag, x + i), scale);
      hn::StoreU(hn::Mul(scaled, hn::LoadU(kTag, weight + i)), kTag, y + i);
    }
  }
}

// With s the scale: dx = s (w dy - x s^2 mean(w dy x)), dw = sum of dy x s.
void rms_norm_backward(const float* x, const float* weight, float epsilon, const float* d_y,
                       std::size_t rows, std::size_t width, float* d_x, float* d_weight) {
  for (std::size_t r = 0; r < rows; ++r, x += width, d_y += width, d_x += width) {
    const float scale = scale_of(x, epsilon, width);
    const auto factor = hn::Set(kTag, scale);
    auto dot = hn::Zero(kTag);
    for (std::size_t i = 0; i < width; i += kWidth) {
      const auto product = hn::Mul(hn::LoadU(kTag, d_y + i), hn::LoadU(kTag, x + i));
      dot = hn::MulAdd(product, hn::LoadU(kTag, weight + i), dot);
      const auto before = hn::LoadU(kTag, d_weight + i);
      hn::StoreU(hn::MulAdd(product, factor, before), kTag, d_weight + i);
    }
    const float sum = hn::GetLane(hn::SumOfLanes(kTag, dot));
    const auto share = hn::Set(kTag, sum * scale * scale / static_cast<float>(width));
    for (std::size_t i = 0; i < width; i += kWidth) {
      const auto direct = hn::Mul(hn::LoadU(kTag, d_y + i), hn::LoadU(kTag, weight + i));
      const auto less = hn::NegMulAdd(hn::LoadU(kTag, x + i), share, direct);
      hn::StoreU(hn::Mul(less, factor), kTag, d_x + i);
    }
  }
}

// 1 / (1 + e^-x).
HWY_INLINE Vector logistic(Vector x) {
  const auto one = hn::Set(kTag, 1.0F);
  const auto bounded = hn::Max(x, hn::Set(kTag, -80.0F));
  return hn::Div(one, hn::Add(one, hn::Exp(kTag, hn::Neg(bounded))));
}

void swiglu(const float* x, std::size_t rows, std::size_t size, float* y) {
  for (std::size_t r = 0; r < rows; ++r, x += 2 * size, y += size) {
    for (std::size_t i = 0; i < size; i += kWidth) {
      const auto gate = hn::LoadU(kTag, x + i);
      const auto up = hn::LoadU(kTag, x + size + i);
      hn::StoreU(hn::Mul(hn::Mul(gate, logistic(gate)), up), kTag, y + i);
    }
  }
}

// silu(g)' = l (1 + g (1 - l)), l being the logistic of g.
void swiglu_backward(const float* x, const float* d_y, std::size_t rows, std::size_t size,
                     float* d_x) {
  const auto one = hn::Set(kTag, 1.0F);
  for (std::size_t r = 0; r < rows; ++r, x += 2 * size, d_x += 2 * size, d_y += size) {
    for (std::size_t i = 0; i < size; i += kWidth) {
      const auto gate = hn::LoadU(kTag, x + i);
      const auto up = hn::LoadU(kTag, x + size + i);
      const auto gradient = hn::LoadU(kTag, d_y + i);
      const auto share = logistic(gate);
      const auto slope = hn::Mul(share, hn::MulAdd(gate, hn::Sub(one, share), one));
      hn::StoreU(hn::Mul(gradient, hn::Mul(up, slope)), kTag, d_x + i);
      hn::StoreU(hn::Mul(gradient, hn::Mul(gate, share)), kTag, d_x + size + i);
    }
  }
}
