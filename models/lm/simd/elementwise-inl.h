// SPDX-License-Identifier: Apache-2.0
// Norms, activations and the last softmax. Included by kernels.cc only.

void rms_norm(const float* x, const float* weight, float epsilon, std::size_t count, float* y) {
  Sixteen<float> squares = all(0.0F);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load_up_to(x + i, count - i);
    squares = fused(some, some, squares);
  }
  const float mean = sum(squares) / static_cast<float>(count);
  const Sixteen<float> scale = all(1.0F / std::sqrt(mean + epsilon));
  for (std::size_t i = 0; i < count; i += kLanes) {
    store(load(weight + i) * (load(x + i) * scale), y + i);
  }
}

void layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                std::size_t count, float* y) {
  const float n = static_cast<float>(count);
  Sixteen<float> total = all(0.0F);
  for (std::size_t i = 0; i < count; i += kLanes) total = total + load_up_to(x + i, count - i);
  const Sixteen<float> mean = all(sum(total) / n);
  Sixteen<float> squares = all(0.0F);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> difference = first_lanes(load(x + i) - mean, count - i, 0.0F);
    squares = fused(difference, difference, squares);
  }
  const Sixteen<float> scale = all(1.0F / std::sqrt(sum(squares) / n + epsilon));
  for (std::size_t i = 0; i < count; i += kLanes) {
    store(fused((load(x + i) - mean) * scale, load(weight + i), load(bias + i)), y + i);
  }
}

void add(const float* x, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; i += kLanes) store(load(y + i) + load(x + i), y + i);
}

void silu_times(float* x, const float* up, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> gate = load(x + i);
    store(gate * logistic(gate) * load(up + i), x + i);
  }
}

void gelu(float* x, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load(x + i);
    store(some * normal_distribution(some), x + i);
  }
}

// (1 + tanh u) / 2 = 1 / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3).
void gelu_tanh(float* x, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load(x + i);
    const Sixteen<float> cubic = fused(some * some * some, all(0.044715F), some);
    store(some * logistic(cubic * all(1.59576912F)), x + i);
  }
}

// The next sixteen of `count` > 0 floats as doubles; the lowest double after the last.
HWY_INLINE Sixteen<double> load_doubles(const float* from, std::size_t count) {
  const Tag<double> tag;
  alignas(64) double some[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) {
    some[i] = i < count ? from[i] : std::numeric_limits<float>::lowest();
  }
  Sixteen<double> result;
  for (std::size_t v = 0; v < Sixteen<double>::kVectors; ++v) {
    result.part[v] = hn::Load(tag, some + v * kWidth<double>);
  }
  return result;
}

bool log2_softmax(const float* logits, std::size_t count, double* out) {
  if (!std::all_of(logits, logits + count, [](float x) { return std::isfinite(x); })) return false;
  const auto top = static_cast<double>(*std::max_element(logits, logits + count));
  constexpr double kLog2E = 1.44269504088896340736;
  Sixteen<double> total = all(0.0);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<double> y = (load_doubles(logits + i, count - i) - all(top)) * all(kLog2E);
    total = total + first_lanes(exp2(y), count - i, 0.0);
  }
  const double log2_total = portable_log2(sum(total));
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::min(0.0, (static_cast<double>(logits[i]) - top) * kLog2E - log2_total);
  }
  return true;
}
