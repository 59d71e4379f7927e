// SPDX-License-Identifier: Apache-2.0
// From the distribution of the next sample to those of its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "media/media.h"
#include "models/audio/channel_model.h"
#include "models/common/logistic_mixture.h"
#include "zipdream/bytes.h"

namespace zipdream::audio {

// The distribution of the next sample: the mixture, and with probability `uniform` any value.
struct Outlook {
  const LogisticMixture& mixture;
  double uniform;
};

// How bytes make samples, and the integer frequencies of the next byte, whose total is kTotal.
// Values are in units of a step of 8 bits in all formats. Depends on the bytes appended alone.
// Threads: one thread at a time may call append(); const members may be called from many.
class SampleCoding {
 public:
  static constexpr std::uint64_t kTotal = MixtureFrequencies::kTotal;

  virtual ~SampleCoding() = default;

  // Frequencies stand in the order of bytes' ranks.
  [[nodiscard]] virtual Byte rank(Byte byte) const = 0;
  [[nodiscard]] virtual Byte byte(Byte rank) const = 0;

  // before[r] = the sum of the frequencies of all ranks below r; none is 0.
  virtual void sums(const Outlook& outlook, std::span<std::uint64_t, 257> before) const = 0;

  struct Part {
    std::uint64_t before;
    std::uint64_t size;
  };
  // What sums() has of that rank.
  [[nodiscard]] virtual Part part(const Outlook& outlook, Byte rank) const = 0;

  // The rank in whose part `target` lies. REQUIRES: target < kTotal.
  [[nodiscard]] virtual Byte find(const Outlook& outlook, std::uint64_t target) const = 0;

  // Whether the byte completes a sample, which is then value().
  virtual bool append(Byte byte) = 0;
  [[nodiscard]] virtual double value() const = 0;

  // The share of a mixture that value() has, and the number of values that there are.
  [[nodiscard]] virtual double share(const LogisticMixture& mixture) const = 0;
  [[nodiscard]] virtual double value_count() const = 0;

  [[nodiscard]] virtual std::unique_ptr<SampleCoding> clone() const = 0;
};

[[nodiscard]] std::unique_ptr<SampleCoding> make_sample_coding(SampleFormat format);

[[nodiscard]] BinWidth bin_width_of(SampleFormat format);

}  // namespace zipdream::audio
