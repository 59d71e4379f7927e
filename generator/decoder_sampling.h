// SPDX-License-Identifier: Apache-2.0
// DecoderSampling as a method of continuing sequences.
#pragma once

#include <cstddef>
#include <memory>

#include "codecs/common/decoder_sampler.h"
#include "generator/method.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Each sequence is dreamt after `corpus` and the last `tail` bytes of its prompt, or all if tail is
// 0.
[[nodiscard]] std::unique_ptr<Method> make_decoder_sampling(
    std::unique_ptr<const DecoderSampler> decoder_sampler, Bytes corpus, std::size_t tail);

}  // namespace zipdream
