// SPDX-License-Identifier: Apache-2.0
// A byte-level vocabulary of one's own: GPT-2's kind, learnt from texts. The most frequent pair of
// neighbouring symbols becomes a token, again and again; of pairs as frequent, the one whose bytes
// come first. So the result depends on the texts alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

// 256 bytes and the end of a text.
inline constexpr std::size_t kSmallestBpeVocabulary = 257;
inline constexpr std::size_t kLargestBpeVocabulary = 1'000'000;

// A tokenizer.json that load_tokenizer() and Hugging Face's libraries read: ids 0 .. 255 are the
// bytes, then come the merges, the first first, and "<|endoftext|>" is last. It has fewer than
// `vocabulary_size` tokens when no pair occurs twice any more. No token is longer than 128 bytes.
// Words are cut by GPT-2's pattern, so no token lies across words; the texts may be any bytes.
// Takes O(n log n) time for n bytes and memory for the different words. Throws a usage Error when
// the size is not between the two above, and Interrupted when the user asks to stop.
[[nodiscard]] std::string train_bpe(std::span<const ByteView> texts, std::size_t vocabulary_size);

}  // namespace zipdream
