// SPDX-License-Identifier: Apache-2.0
// What decoder samplers share.
#pragma once

#include <cstddef>
#include <functional>

#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"

namespace zipdream {

// The loop of every decoder sampler: calls go_on(), which appends to `text` until that has `end`
// bytes or the decoder refuses its bits, until `text` has `end` bytes. Throws Error when nothing
// comes many times in a row, and Interrupted.
void sample_until(Bytes& text, std::size_t end, const std::function<void()>& go_on);

// For a decoder that refuses whatever follows a context.
[[nodiscard]] Error refuses_all_bits();

// `count` bytes of random bits.
[[nodiscard]] Bytes random_bytes(std::size_t count, Rng& rng);

}  // namespace zipdream
