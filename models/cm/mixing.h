// SPDX-License-Identifier: Apache-2.0
// What makes one probability of many: mixers over logits, and what refines their result.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "models/cm/logistic.h"
#include "models/paged_array.h"

namespace zipdream::cm {

// Logits of at most kMaxInput either way, times kInputScale. Their number is a multiple of 8, so
// that the loops over them have no ends.
template <std::size_t inputs>
struct alignas(16) MixerInputs {
  static_assert(inputs % 8 == 0);
  std::array<std::int16_t, inputs> values;
};

// Bytes that are expected to come next, and for each the input that it makes while the byte goes
// that way: at the first decision and at the others.
template <std::size_t count>
class Expectations {
 public:
  // `byte` has a 1 before it; 0: none. The inputs are those for a one.
  void set(std::size_t i, unsigned byte, std::int16_t first, std::int16_t later) {
    bytes_[i] = static_cast<std::uint16_t>(byte);
    inputs_[0][i] = first;
    inputs_[1][i] = later;
  }
  // To be called when all are set.
  void set_rest() {
    for (std::size_t i = count; i < kLanes; ++i) set(i, 0, 0, 0);
  }

  // As it was set.
  [[nodiscard]] unsigned byte(std::size_t i) const { return bytes_[i]; }

  // The number of decisions of `byte` that the expected one foretold before the first wrong one.
  [[nodiscard]] int right_decisions(std::size_t i, unsigned byte) const {
    const auto others = static_cast<unsigned>(bytes_[i] ^ (byte | 256U));
    return 8 - static_cast<int>(std::bit_width(others));
  }

  // The inputs at the decision at `node`, and zeros up to a multiple of 8; so many are written.
  // REQUIRES: out is aligned to 16 bytes.
  void set_inputs(unsigned node, int bits_so_far, std::int16_t* out) const;

 private:
  static constexpr std::size_t kLanes = (count + 7) / 8 * 8;

  alignas(16) std::array<std::uint16_t, kLanes> bytes_;
  alignas(16) std::array<std::array<std::int16_t, kLanes>, 2> inputs_;
};

// Logistic mixing: a weighted sum of logits is a logit again, and weights that follow the error
// downhill (online logistic regression) come to trust whichever input deserves it. A mixer has a
// row of weights for each situation; several mixers with situations of different kinds see the same
// inputs, and their results are mixed once more (Mattern and Mahoney's networks, as in lpaq). Rows
// that a byte's decisions choose from stand together in blocks.
// Threads: as a standard container.
template <std::size_t inputs>
class Mixer {
 public:
  static constexpr std::size_t kMaxBlock = 256;  // rows

  struct alignas(16) Row {
    std::array<std::int16_t, inputs> weights;  // multiples of 2^-14, below 2

    // The mixed logit, at most kMaxInput either way.
    [[nodiscard]] std::int32_t mix(const MixerInputs<inputs>& in) const;
    // Moves the weights: by input x step / 2^16 each, rounded. REQUIRES: |step| < 2^15.
    void learn(const MixerInputs<inputs>& in, std::int32_t step);
  };

  // Each row begins with these weights, those of further inputs with zero. REQUIRES: weights.size()
  // <= inputs.
  Mixer(std::size_t rows, std::span<const std::int16_t> weights);

  // The rows from `first` on. REQUIRES: a block of `size` rows, a power of two, begins there; size
  // <= kMaxBlock.
  [[nodiscard]] const Row* block(std::size_t first, std::size_t size) const {
    return rows_.items(first, size).data();
  }
  [[nodiscard]] Row* edit_block(std::size_t first, std::size_t size) {
    return rows_.edit_items(first, size).data();
  }

 private:
  PagedArray<Row, kMaxBlock * sizeof(Row)> rows_;
};

// Mixes the results of mixers once more, by a row of weights for each situation.
// Threads: as a standard container.
template <std::size_t mixers>
class FinalMixer {
 public:
  using Logits = std::array<std::int32_t, mixers>;  // at most kMaxInput either way

  struct Row {
    std::array<std::int32_t, mixers> weights;  // in 2^-16, at most 1

    // At most kMaxLogit either way.
    [[nodiscard]] std::int32_t mix(const Logits& logits) const;
    // `error` is the bit less the probability of what mix() gave, in 2^-16.
    void learn(const Logits& logits, std::int32_t error);
  };

  explicit FinalMixer(std::size_t rows);

  [[nodiscard]] const Row* block(std::size_t first, std::size_t size) const {
    return rows_.items(first, size).data();
  }
  [[nodiscard]] Row* edit_block(std::size_t first, std::size_t size) {
    return rows_.edit_items(first, size).data();
  }

 private:
  PagedArray<Row, 256 * sizeof(Row)> rows_;
};

// Refines a probability by what came of it: in each situation, for each of 32 logits, the share of
// ones there really was; between them it interpolates (an adaptive probability map, also called
// secondary symbol estimation). Situations that come up together stand in blocks, so that memory is
// asked for all of them at once.
// Threads: as a standard container.
class Apm {
 public:
  static constexpr std::size_t kBlock = 16;  // situations

  explicit Apm(std::size_t blocks) : cells_(blocks * kBlockCells) {}

  // Valid until the next learn().
  struct Block {
    std::size_t first;           // of its cells
    const std::uint16_t* cells;  // (kBlock, kSteps)
  };
  // REQUIRES: block is below the number of blocks.
  [[nodiscard]] Block block(std::size_t block) const {
    const std::size_t first = block * kBlockCells;
    return {first, cells_.items(first, kBlockCells).data()};
  }

  // A situation of that block will be asked about soon.
  [[gnu::always_inline]] static void prefetch(const Block& block, std::size_t situation) {
    __builtin_prefetch(block.cells + situation * kSteps);
  }

  // A logit between two cells; those beyond kMaxRefined count as that.
  class Place {
   public:
    explicit Place(std::int32_t logit);

    // The refined probability, in 2^-16. REQUIRES: situation < kBlock.
    [[nodiscard]] std::int32_t refine(const Block& block, std::size_t situation) const {
      const std::uint16_t* const cells = block.cells + situation * kSteps + step_;
      const std::int32_t low = static_cast<std::uint16_t>(cells[0] + low_start_);
      const std::int32_t high = static_cast<std::uint16_t>(cells[1] + high_start_);
      return low + ((high - low) * part_ >> kStepBits);
    }
    // The cell of the block that learns.
    [[nodiscard]] std::uint16_t cell(std::size_t situation) const {
      return static_cast<std::uint16_t>(situation * kSteps + step_ +
                                        (part_ < kStepSize / 2 ? 0 : 1));
    }

   private:
    std::size_t step_;
    std::int32_t part_;
    std::int32_t low_start_;
    std::int32_t high_start_;
  };

  // What learns in a block. Valid until another block of the map learns.
  class Learner {
   public:
    Learner(Apm& apm, const Block& block)
        : cells_(apm.cells_.edit_items(block.first, kBlockCells).data()) {}

    void learn(std::size_t cell, bool bit) const {
      const std::int32_t begun = start(cell % kSteps);
      const std::int32_t old = static_cast<std::uint16_t>(cells_[cell] + begun);
      const std::int32_t moved = old + (((bit ? 65535 : 0) - old + (1 << kRate >> 1)) >> kRate);
      cells_[cell] = static_cast<std::uint16_t>(moved - begun);
    }

   private:
    std::uint16_t* cells_;
  };

 private:
  static constexpr std::size_t kSteps = 32;  // of two bytes: a cache line
  static constexpr std::size_t kBlockCells = kBlock * kSteps;
  static constexpr int kStepBits = 7;
  static constexpr std::int32_t kStepSize = 1 << kStepBits;
  static constexpr std::int32_t kMaxRefined = kStepSize * (kSteps - 1) / 2 - 1;
  static constexpr int kRate = 6;

  // The values of the cells before they have learned anything: the probability itself.
  static constexpr std::array<std::uint16_t, kSteps> starts() {
    std::array<std::uint16_t, kSteps> starts{};
    for (std::size_t i = 0; i < kSteps; ++i) {
      const int place = static_cast<int>(i) * kStepSize - kMaxRefined - 1 + kMaxLogit;
      starts[i] = logistic::kSquash[static_cast<std::size_t>(place)];
    }
    return starts;
  }
  static std::int32_t start(std::size_t step);

  PagedArray<std::uint16_t> cells_;  // how far they have come from start(), modulo 2^16
};

// ---- inline ----

inline std::int32_t Apm::start(std::size_t step) {
  static constexpr auto kStarts = starts();
  return kStarts[step];
}

inline Apm::Place::Place(std::int32_t logit) {
  const auto place =
      static_cast<std::uint32_t>(std::clamp(logit, -kMaxRefined, kMaxRefined) + kMaxRefined + 1);
  step_ = place / kStepSize;
  part_ = static_cast<std::int32_t>(place % kStepSize);
  low_start_ = start(step_);
  high_start_ = start(step_ + 1);
}

// The inner loops of the mixers. The vectors of x86 that every 64-bit processor has are written
// out, as GCC 12 takes twice the time by itself; the other version says the same in plain C++.
namespace mixing {

#if defined(__SSE2__)

template <std::size_t size>
inline std::int32_t dot(const std::int16_t* inputs, const std::int16_t* weights) {
  __m128i sum = _mm_setzero_si128();
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; i += 8) {
    const __m128i in = _mm_load_si128(reinterpret_cast<const __m128i*>(inputs + i));
    const __m128i weight = _mm_load_si128(reinterpret_cast<const __m128i*>(weights + i));
    sum = _mm_add_epi32(sum, _mm_srai_epi32(_mm_madd_epi16(in, weight), 8));
  }
  sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 8));
  sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 4));
  return _mm_cvtsi128_si32(sum);
}

template <std::size_t size>
inline void move(const std::int16_t* inputs, std::int32_t step, std::int16_t* weights) {
  const __m128i steps = _mm_set1_epi16(static_cast<std::int16_t>(step));
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; i += 8) {
    const __m128i in = _mm_load_si128(reinterpret_cast<const __m128i*>(inputs + i));
    auto* const weight = reinterpret_cast<__m128i*>(weights + i);
    const __m128i rest = _mm_srli_epi16(_mm_mullo_epi16(in, steps), 15);
    const __m128i moved = _mm_add_epi16(_mm_mulhi_epi16(in, steps), rest);
    _mm_store_si128(weight, _mm_adds_epi16(_mm_load_si128(weight), moved));
  }
}

template <std::size_t size>
inline void expect(const std::uint16_t* bytes, const std::int16_t* inputs, unsigned node,
                   int bits_so_far, std::int16_t* out) {
  const __m128i shift = _mm_cvtsi32_si128(7 - bits_so_far);
  const __m128i nodes = _mm_set1_epi16(static_cast<std::int16_t>(node));
  const __m128i one = _mm_set1_epi16(1);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; i += 8) {
    const __m128i byte = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes + i));
    const __m128i input = _mm_load_si128(reinterpret_cast<const __m128i*>(inputs + i));
    const __m128i next = _mm_srl_epi16(byte, shift);
    const __m128i is_on_way = _mm_cmpeq_epi16(_mm_srli_epi16(next, 1), nodes);
    const __m128i is_zero = _mm_sub_epi16(_mm_and_si128(next, one), one);  // all bits set, or none
    const __m128i with_sign = _mm_sub_epi16(_mm_xor_si128(input, is_zero), is_zero);
    _mm_store_si128(reinterpret_cast<__m128i*>(out + i), _mm_and_si128(with_sign, is_on_way));
  }
}

#else

template <std::size_t size>
inline void expect(const std::uint16_t* bytes, const std::int16_t* inputs, unsigned node,
                   int bits_so_far, std::int16_t* out) {
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned next = bytes[i] >> (7 - bits_so_far);
    const std::int32_t with_sign = (next & 1) != 0 ? inputs[i] : -inputs[i];
    out[i] = static_cast<std::int16_t>(next >> 1 == node ? with_sign : 0);
  }
}

template <std::size_t size>
inline std::int32_t dot(const std::int16_t* inputs, const std::int16_t* weights) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; i += 2) {
    sum += (inputs[i] * weights[i] + inputs[i + 1] * weights[i + 1]) >> 8;
  }
  return sum;
}

template <std::size_t size>
inline void move(const std::int16_t* inputs, std::int32_t step, std::int16_t* weights) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::int32_t moved = weights[i] + ((inputs[i] * step + (1 << 15)) >> 16);
    weights[i] = static_cast<std::int16_t>(std::clamp(moved, -32768, 32767));
  }
}

#endif

}  // namespace mixing

template <std::size_t count>
inline void Expectations<count>::set_inputs(unsigned node, int bits_so_far,
                                            std::int16_t* out) const {
  const auto& inputs = inputs_[bits_so_far == 0 ? 0 : 1];
  mixing::expect<kLanes>(bytes_.data(), inputs.data(), node, bits_so_far, out);
}

template <std::size_t inputs>
Mixer<inputs>::Mixer(std::size_t rows, std::span<const std::int16_t> weights) : rows_(rows) {
  for (std::size_t i = 0; i < rows; ++i) std::ranges::copy(weights, rows_.edit(i).weights.begin());
}

// Inputs are below 2^14 and weights at most 2^15, so that two products fit into 32 bits, and all in
// 2^-8 too.
template <std::size_t inputs>
inline std::int32_t Mixer<inputs>::Row::mix(const MixerInputs<inputs>& in) const {
  const std::int32_t sum = mixing::dot<inputs>(in.values.data(), weights.data());
  return std::clamp(sum >> 9, -kMaxInput, kMaxInput);
}

template <std::size_t inputs>
inline void Mixer<inputs>::Row::learn(const MixerInputs<inputs>& in, std::int32_t step) {
  assert(step > -32768 && step < 32768);
  mixing::move<inputs>(in.values.data(), step, weights.data());
}

template <std::size_t mixers>
FinalMixer<mixers>::FinalMixer(std::size_t rows) : rows_(rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    rows_.edit(i).weights.fill((1 << 16) / static_cast<std::int32_t>(mixers));
  }
}

template <std::size_t mixers>
inline std::int32_t FinalMixer<mixers>::Row::mix(const Logits& logits) const {
  static_assert(mixers < 16, "so many weights of 2^16 and logits of 2^11 fit into 32 bits");
  std::int32_t sum = 0;
#pragma GCC unroll 16
  for (std::size_t i = 0; i < mixers; ++i) sum += weights[i] * logits[i];
  return std::clamp(sum >> 16, -kMaxLogit, kMaxLogit);
}

// The bound keeps a long run of one byte, which costs next to nothing, from raising the weights on
// and on.
template <std::size_t mixers>
inline void FinalMixer<mixers>::Row::learn(const Logits& logits, std::int32_t error) {
  constexpr std::int32_t kStep = 250;
  constexpr std::int32_t kMaxWeight = 1 << 16;
  const std::int32_t step = error * kStep >> 9;  // below 2^14
#pragma GCC unroll 16
  for (std::size_t i = 0; i < mixers; ++i) {
    weights[i] = std::clamp(weights[i] + (logits[i] * step >> 15), -kMaxWeight, kMaxWeight);
  }
}

}  // namespace zipdream::cm
