// SPDX-License-Identifier: Apache-2.0
// What the codecs share that wrap a library: the loop around it, the wording of what can be wrong
// with a stream, and a text to check with that the library does what this program knows of it.
//
// Every streaming library wants the same loop: hand over what is left of the input in pieces that
// fit its 32-bit counters, give it a buffer for output, stop at the end or at the limit. The
// libraries differ only in the one call in the middle, which is the Coder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

// The most that a Coder is handed at once: fits 32 bits, and is a multiple of DEFLATE's window
// (deflater.h).
inline constexpr std::size_t kMaxPiece = std::size_t{1} << 30;

// What one call did: it consumed a prefix of the input, produced a prefix of the output, and
// perhaps ended the stream, or in formats that may be concatenated one member of it.
struct CodingStep {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  bool ended = false;
};

// `input` and `output` have at most kMaxPiece bytes; `is_last` says that nothing follows `input`.
using Coder = std::function<CodingStep(ByteView input, bool is_last, std::span<Byte> output)>;

// Everything the coder produces from `data` until it ends. `expected` is a guess at that size.
// Throws Error when the coder gets stuck.
[[nodiscard]] Bytes run_encoder(std::string_view codec, ByteView data, std::size_t expected,
                                const Coder& coder);

// How many bytes the coder produces from all that `data` reads, in constant memory. Throws Error
// when the coder gets stuck, Interrupted when the user asks to stop.
[[nodiscard]] std::uint64_t count_encoder(std::string_view codec, const ByteSource& data,
                                          const Coder& coder);

enum class Members {
  kOne,   // bytes after the end are an Error
  kMany,  // after an end the coder is called again while input remains
};

// Everything the coder produces from `stream`. Memory grows with the output, never by what the
// stream claims. Throws Error when there is more than max_size, when the input ends before the
// stream, or when bytes follow its end.
[[nodiscard]] Bytes run_decoder(std::string_view codec, ByteView stream, std::size_t max_size,
                                Members members, const Coder& coder);

// ---- what can be wrong with a stream ----

[[nodiscard]] Error damaged(std::string_view codec, std::string_view detail);
[[nodiscard]] Error truncated(std::string_view codec);
[[nodiscard]] Error trailing_bytes(std::string_view codec, std::size_t count);
[[nodiscard]] Error too_large(std::string_view codec, std::size_t max_size);
// The library failed for a reason that is not in the data. Where that is memory it is no Error but
// std::bad_alloc, so that nobody takes it for damage.
[[nodiscard]] Error library_failure(std::string_view codec, std::string_view detail);

// ---- what a library is checked with ----

// `noise` bytes without copies, then copies of its own past with noise in between, over an alphabet
// of `letters`: a compressor's choices of every kind come up. check_text(256, 40) is part of the
// .zd format (docs/format.md) and stays as it is. REQUIRES: letters != 0.
[[nodiscard]] Bytes check_text(std::size_t size, unsigned letters, std::size_t noise = 8);

}  // namespace zipdream
