// SPDX-License-Identifier: Apache-2.0
// libbrotli's encoder at work: for the length of its stream alone, to the bit; and for a stream
// that primes a decoder with a text and goes on with random bits.
//
// Where a stream ends
//
// The last byte of a stream is filled with zeros, which could also be part of a code. But when it
// is asked to emit metadata, libbrotli closes the open meta-block as it does at the end, and goes
// on without filling the byte. For two bytes of metadata the bits 0 (not the last), 11 (metadata),
// 0, 10 (one byte of size), 1000 0000 (that size less one) follow in this order, then zeros up to
// the next byte and these two. The last 1 before them is thus the seventh bit after the data (RFC
// 7932, 9.2).
//
// So L is where the last code word ends. Two things are not as in the finished stream:
// - After a meta-block that is stored an empty one follows with the mark of the end, 2 bits that
//   others have in their header. The size of the stream tells whether there is one.
// - Qualities 0 and 1 always write these 2 bits.
//
// How a stream goes on
//
// A meta-block holds in its header how many bytes of text it has, and its symbols end where these
// are complete; no symbol marks the end. So when a larger number stands there, a decoder goes on to
// read symbols from whatever bits follow. The last 64 KB of the text, or less where libbrotli would
// not make one meta-block of them, are a meta-block for themselves: there its header stands at a
// known bit, and its last symbol ends where brotli_mark() finds it. Where it ends with literals,
// the match that belongs to them is not written, and a decoder reads its distance from what
// follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "codecs/common/snapshot_session.h"
#include "zipdream/bytes.h"

struct BrotliEncoderStateStruct;

namespace zipdream {

inline constexpr int kBrotliWindowLog = 22;  // as compress() has it

// Plain memory, to lie in an Arena.
struct BrotliStream {
  BrotliEncoderStateStruct* encoder = nullptr;
  std::uint64_t consumed = 0;
  OutputTail output;
};

struct BrotliOptions {
  int quality;
  int window_log;
  std::size_t size_hint;  // how long the data will be, roughly
};

struct BrotliAllocator {
  void* (*allocate)(void* opaque, std::size_t size);
  void (*release)(void* opaque, void* block);
  void* opaque;
};

// Throws std::bad_alloc.
[[nodiscard]] BrotliStream start_brotli(const BrotliOptions& options,
                                        const BrotliAllocator& allocator);
void end_brotli(BrotliStream& stream);

enum class BrotliStep {
  kGoOn,
  kFlush,   // ends the meta-block and fills its last byte
  kFinish,  // ends the stream
  kMark,    // ends it so that brotli_bits() can tell where
};

// Takes `input` (none with kMark), and appends what comes out to `output` if it is wanted. Throws
// Error when the library fails.
void run_brotli(BrotliStream& stream, ByteView input, BrotliStep step, Bytes* output = nullptr);

// How many bits there are before the mark with which `output` ends: all of the data. REQUIRES:
// `output` is the whole output of a step kMark, or ends with it. Throws Error where the library
// writes something else.
[[nodiscard]] std::uint64_t brotli_mark(ByteView output);

// L of the data of a stream whose last step was kMark. `size` is that of the finished stream in
// bytes, if known; without it there may be no answer.
[[nodiscard]] std::optional<double> brotli_bits(const BrotliStream& marked, int quality,
                                                std::optional<std::uint64_t> size = std::nullopt);

// ---- priming ----

// A stream (RFC 7932) that decodes to a text and whose last meta-block goes on, in the codes that
// it has.
struct BrotliPriming {
  // A meta-block without end has at least so many bytes after its text.
  static constexpr std::size_t kMaxText = std::size_t{1} << 23;

  Bytes stream;
  Byte open = 0;  // the last byte, of which the lowest open_bits are taken
  unsigned open_bits = 0;
};

// Nothing where libbrotli stores the end of the text as it is, and for an empty text. REQUIRES:
// quality is 0 to kMaxBrotliQuality.
[[nodiscard]] std::optional<BrotliPriming> prime_brotli(ByteView text, int quality);

}  // namespace zipdream
