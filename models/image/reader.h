// SPDX-License-Identifier: Apache-2.0
// A picture of one width as it is read, byte by byte: predictions, the net or what stands in for
// it, the steps of JPEG, and how likely it is that all is noise.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/common/logistic_mixture.h"
#include "models/common/small_net.h"
#include "models/image/combiner.h"
#include "models/image/lattice.h"
#include "models/image/picture.h"
#include "models/image/pyramid_rows.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

struct ImageOptions {
  std::size_t width = 0;  // pixels; 0: not known
  std::size_t channels = 1;
  bool has_prior = true;
  bool looks_for_jpeg = true;
  bool looks_for_colours = true;  // of three channels, made of brightness and two differences
  bool is_pyramid = false;        // the pixels come from coarse to fine
  std::size_t padding = 0;        // bytes behind each row that are no pixels
};

// How likely it is that bytes are no picture at all but noise. A single one that nobody expected
// says little.
class NoiseShare {
 public:
  // What each byte has at least, of MixtureFrequencies::kTotal.
  [[nodiscard]] std::uint32_t floor() const;

  // This byte came.
  void learn(const MixtureFrequencies& frequencies, Byte byte);

 private:
  static constexpr double kLeast = 0x1p-13;
  double share_ = 0x1p-10;
};

// Copies are independent. Threads: as a standard container.
class PictureReader {
 public:
  PictureReader(const ImageOptions& options, std::size_t width);

  void append(Byte byte);

  // Of the next byte. Valid until the next append().
  [[nodiscard]] MixtureFrequencies frequencies() const;

 private:
  void look_ahead();
  [[nodiscard]] LogisticMixture by_net(const Outlook& outlook, const LatticeOutlook& lattice);

  std::size_t channels_;
  const SmallNet* net_;  // null: none
  Picture picture_;
  std::optional<Lattice> lattice_;
  ScaleMixture scales_;
  OutputShifts shifts_;
  NoiseShare noise_;
  LogisticMixture mixture_;
};

// A picture whose pixels come from coarse to fine: predictions, and scales that are weighed as they
// prove true in steps of each kind. Copies are independent. Threads: as a standard container.
class PyramidReader {
 public:
  // REQUIRES: the sides are positive.
  explicit PyramidReader(const PyramidShape& shape);

  void append(Byte byte);

  // Of the next byte. Valid until the next append().
  [[nodiscard]] MixtureFrequencies frequencies() const;

 private:
  void look_ahead();

  PictureOf<PyramidRows> picture_;
  std::array<ScaleMixture, PyramidRows::kKinds> scales_;
  NoiseShare noise_;
  LogisticMixture mixture_;
};

}  // namespace zipdream::image
