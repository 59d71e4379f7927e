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

struct ReluSquared {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) {
    const Sixteen<float> above = higher(x, all(0.0F));
    return above * above;
  }
};

struct Tanh {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) {
    return fused(logistic(x + x), all(2.0F), all(-1.0F));
  }
};

struct Sigmoid {
  static HWY_INLINE Sixteen<float> of(const Sixteen<float>& x) { return logistic(x); }
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
    case Activation::kReluSquared:
      return activate_by<ReluSquared>(x, up, count);
    case Activation::kTanh:
      return activate_by<Tanh>(x, up, count);
    case Activation::kSigmoid:
      return activate_by<Sigmoid>(x, up, count);
  }
}

// As doubles, which all floats are.
HWY_INLINE Sixteen<double> to_doubles(const float* from) {
  const Tag<double> tag;
  const hn::Rebind<float, Tag<double>> floats;
  Sixteen<double> result;
  for (std::size_t v = 0; v < Sixteen<double>::kVectors; ++v) {
    result.part[v] = hn::PromoteTo(tag, hn::LoadU(floats, from + v * kWidth<double>));
  }
  return result;
}

// The next sixteen of `count` > 0 floats as doubles; the lowest float after the last.
HWY_INLINE Sixteen<double> load_doubles(const float* from, std::size_t count) {
  if (count >= kLanes) return to_doubles(from);
  alignas(64) float some[kLanes];
  std::fill_n(some, kLanes, std::numeric_limits<float>::lowest());
  std::copy_n(from, count, some);
  return to_doubles(some);
}

// The highest of them; nothing if one is not finite.
std::optional<float> highest_finite(const float* x, std::size_t count) {
  Sixteen<float> top = all(std::numeric_limits<float>::lowest());
  Sixteen<float> zeros = all(0.0F);  // no numbers where x is not finite
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load_up_to(x + i, count - i);
    top = higher(top, first_lanes(some, count - i, std::numeric_limits<float>::lowest()));
    zeros = zeros + (some - some);
  }
  if (sum(zeros) != 0) return std::nullopt;  // true of what is no number
  return highest(top);
}

bool log2_softmax(const float* logits, std::size_t count, double* out) {
  const std::optional<float> highest_logit = highest_finite(logits, count);
  if (!highest_logit) return false;
  const Sixteen<double> top = all(static_cast<double>(*highest_logit));
  const Sixteen<double> log2_e = all(1.44269504088896340736);
  Sixteen<double> total = all(0.0);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<double> y = (load_doubles(logits + i, count - i) - top) * log2_e;
    total = total + first_lanes(exp2(y), count - i, 0.0);
  }
  const Sixteen<double> log2_total = all(portable_log2(sum(total)));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<double> y = (load_doubles(logits + i, count - i) - top) * log2_e;
    const Sixteen<double> probs = lower(y - log2_total, all(0.0));
    alignas(64) double some[kLanes];
    if (count - i >= kLanes) {
      store(probs, out + i);
    } else {
      store(probs, some);
      std::copy_n(some, count - i, out + i);
    }
  }
  return true;
}
