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

struct Silu {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) { return x * logistic(x); }
};

struct Gelu {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) {
    return x * normal_distribution(x);
  }
};

// (1 + tanh u) / 2 = 1 / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3).
struct GeluTanh {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) {
    const Sixteen<float> cubic = fused(x * x * x, all(0.044715F), x);
    return x * logistic(cubic * all(1.59576912F));
  }
};

struct Relu {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) { return higher(x, all(0.0F)); }
};

// `up` may begin where x ends: the lanes past `count` that are written there were read before.
template <typename Function>
void activate_by(float* x, const float* up, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> y = Function::of(load(x + i));
    store(up == nullptr ? y : y * load(up + i), x + i);
  }
}

void activate(Activation activation, float* x, const float* up, std::size_t count) {
  switch (activation) {
    case Activation::kSilu:
      return activate_by<Silu>(x, up, count);
    case Activation::kGelu:
      return activate_by<Gelu>(x, up, count);
    case Activation::kGeluTanh:
      return activate_by<GeluTanh>(x, up, count);
    case Activation::kRelu:
      return activate_by<Relu>(x, up, count);
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
