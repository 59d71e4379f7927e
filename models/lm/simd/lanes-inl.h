// SPDX-License-Identifier: Apache-2.0
// Sixteen floats, or doubles, as however many vectors the target needs for them: what all sums are
// made in. Included by kernels.cc only, once for each target.

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kLanes = 16;

template <typename T>
using Tag = hn::CappedTag<T, kLanes>;
template <typename T>
using Vector = hn::Vec<Tag<T>>;
template <typename T>
constexpr std::size_t kWidth = hn::MaxLanes(Tag<T>());  // lanes of one vector
constexpr Tag<float> kFloat;

// a b + c, rounded once.
template <typename T>
HWY_INLINE Vector<T> fused(Vector<T> a, Vector<T> b, Vector<T> c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  const Tag<T> tag;
  alignas(64) T x[kWidth<T>];
  alignas(64) T y[kWidth<T>];
  alignas(64) T z[kWidth<T>];
  hn::Store(a, tag, x);
  hn::Store(b, tag, y);
  hn::Store(c, tag, z);
  for (std::size_t i = 0; i < kWidth<T>; ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(tag, z);
#endif
}

template <typename T>
struct Sixteen {
  static constexpr std::size_t kVectors = kLanes / kWidth<T>;
  Vector<T> part[kVectors];
};

template <typename T>
HWY_INLINE Sixteen<T> all(T value) {
  Sixteen<T> result;
  for (auto& part : result.part) part = hn::Set(Tag<T>(), value);
  return result;
}

// No alignment is asked for.
template <typename T>
HWY_INLINE Sixteen<T> load(const T* from) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    result.part[v] = hn::LoadU(Tag<T>(), from + v * kWidth<T>);
  }
  return result;
}

template <typename T>
HWY_INLINE void store(const Sixteen<T>& x, T* to) {
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    hn::StoreU(x.part[v], Tag<T>(), to + v * kWidth<T>);
  }
}

// The first `count` lanes of x, `rest` in the others.
template <typename T>
HWY_INLINE Sixteen<T> first_lanes(const Sixteen<T>& x, std::size_t count, T rest) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    const std::size_t begin = v * kWidth<T>;
    const std::size_t kept = count > begin ? std::min(count - begin, kWidth<T>) : 0;
    result.part[v] = hn::IfThenElse(hn::FirstN(Tag<T>(), kept), x.part[v], hn::Set(Tag<T>(), rest));
  }
  return result;
}

// The next sixteen of `count` > 0 numbers; zeros after the last.
HWY_INLINE Sixteen<float> load_up_to(const float* from, std::size_t count) {
  if (count >= kLanes) return load(from);
  alignas(64) float some[kLanes] = {};
  std::copy_n(from, count, some);
  return load(some);
}

#define ZIPDREAM_LANEWISE(NAME, OPERATION)                               \
  template <typename T>                                                  \
  HWY_INLINE Sixteen<T> NAME(const Sixteen<T>& a, const Sixteen<T>& b) { \
    Sixteen<T> result;                                                   \
    for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {             \
      result.part[v] = OPERATION(a.part[v], b.part[v]);                  \
    }                                                                    \
    return result;                                                       \
  }
ZIPDREAM_LANEWISE(operator+, hn::Add)
ZIPDREAM_LANEWISE(operator-, hn::Sub)
ZIPDREAM_LANEWISE(operator*, hn::Mul)
ZIPDREAM_LANEWISE(operator/, hn::Div)
ZIPDREAM_LANEWISE(lower, hn::Min)
ZIPDREAM_LANEWISE(higher, hn::Max)
#undef ZIPDREAM_LANEWISE

template <typename T>
HWY_INLINE Sixteen<T> fused(const Sixteen<T>& a, const Sixteen<T>& b, const Sixteen<T>& c) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    result.part[v] = fused<T>(a.part[v], b.part[v], c.part[v]);
  }
  return result;
}

// The fixed tree.
template <typename T>
HWY_INLINE T sum(const Sixteen<T>& x) {
  alignas(64) T lanes[kLanes];
  store(x, lanes);
  for (std::size_t i = 0; i < 8; ++i) lanes[i] += lanes[i + 8];
  for (std::size_t i = 0; i < 4; ++i) lanes[i] += lanes[i + 4];
  return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

template <typename T>
HWY_INLINE T highest(const Sixteen<T>& x) {
  alignas(64) T lanes[kLanes];
  store(x, lanes);
  return *std::max_element(lanes, lanes + kLanes);
}
