// SPDX-License-Identifier: Apache-2.0
// Where pixels or samples stand in a file that holds them as they are: PNM, BMP, WAV. A file whose
// header lies has other bytes there, which is no harm: what is found here only says by which model
// they are coded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct SampleLayout {
  std::uint64_t first = 0;          // bytes before the samples
  std::uint64_t size = 0;           // bytes of samples, as the header says; above 0
  std::size_t unit = 1;             // bytes of a row of pixels, with its padding, or of a frame
  std::string what;                 // "an image of 640x480 pixels, RGB"
  std::vector<std::string> models;  // that may code them, specs
};

// `head`: the first bytes of the file. Returns nothing for files that hold no samples that a model
// of images or sounds takes, or whose samples begin behind the head. Total: of any bytes.
// Recognised are
//  - PNM and PAM (P5 to P7) of 8 bits and 1 to 4 channels;
//  - BMP without compression, of 24 or 32 bits, or of 8 bits with a palette of grays;
//  - WAV (RIFF) of 8 bits, 16 bits and mu-law, of 1 to 8 channels.
[[nodiscard]] std::optional<SampleLayout> find_samples(ByteView head);

}  // namespace zipdream
