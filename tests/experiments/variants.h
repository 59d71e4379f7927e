// SPDX-License-Identifier: Apache-2.0
// Variants and jobs that are quick to compare.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codecs/common/alphabet.h"
#include "experiments/comparison.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Samples by its own probabilities over the alphabet.
[[nodiscard]] Variant sampling_variant(const std::string& spec,
                                       const Alphabet& alphabet = full_alphabet());

[[nodiscard]] std::vector<Variant> sampling_variants(const std::vector<std::string>& specs);

// A text of which the beginning is given.
[[nodiscard]] std::unique_ptr<MediaJob> rhyme_job();

// A PNG file.
[[nodiscard]] Bytes ramp_png(int width, int height, int channels);

// A WAV file of 8 kHz.
[[nodiscard]] Bytes tone_wav(double seconds);

}  // namespace zipdream
