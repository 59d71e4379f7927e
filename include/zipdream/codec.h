// SPDX-License-Identifier: Apache-2.0
// A Codec turns bytes into fewer bytes and back; a Session is its encoder in mid-stream, which
// answers how long the stream would be if it ended after any candidate. That length L(x), in bits,
// implies a distribution of the next byte: rho(b | x) is proportional to 2^(L(x) - L(xb)).
//
// Every codec is made by make_codec() of registry.h; the classes hide in their .cc files. Stable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/random.h"

namespace zipdream {

// How finely a session measures.
enum class Units {
  kBits,   // as finely as the codec allows: the end of the last code word, before byte padding
  kBytes,  // 8 x the size of compress(), as the paper measures
};

// An encoder in mid-stream.
// REQUIRES: the Codec that started it outlives it.
// Threads: one thread at a time may call append(); const members may be called from many at once.
class ZIPDREAM_API Session {
 public:
  virtual ~Session() = default;

  // Appends `bytes` to the context x. The view need not outlive the call.
  virtual void append(ByteView bytes) = 0;

  // L(x): the length in bits of the complete stream, header and trailer included, if it ended here.
  [[nodiscard]] virtual double bits() const = 0;

  // out[i] = L(x candidates[i]), as if by clone(), append(candidates[i]), bits(); *this is
  // unchanged. An empty candidate gives L(x). Uses all threads of base/parallel.h and gives the
  // same numbers on any number of them. Throws Interrupted when the user asks to stop. REQUIRES:
  // out.size() == candidates.size().
  virtual void bits_after(std::span<const ByteView> candidates, std::span<double> out) const = 0;

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<Session> clone() const = 0;

  // How it comes to its answers, in words: "from snapshots of the encoder".
  [[nodiscard]] virtual std::string describe() const = 0;
};

// A lossless compressor. Immutable after construction; all members may be called from many threads.
class ZIPDREAM_API Codec {
 public:
  virtual ~Codec() = default;

  // The complete stream for `data`, which may be empty. Deterministic. Throws Error when the
  // library fails, and std::bad_alloc when memory runs out.
  [[nodiscard]] virtual Bytes compress(ByteView data) const = 0;

  // The data of a complete stream. Total: any input gives a result of at most `max_size` bytes or
  // throws Error (damaged, truncated, trailing bytes, larger than max_size) or, when memory runs
  // out, std::bad_alloc. Takes memory proportional to max_size beside what the decoder needs for
  // its largest window (128 MiB at most). Formats whose tools join streams end to end (gzip, bzip2,
  // xz, zstd) give the data of all of them. Formats without a checksum (see
  // ModelInfo::detects_damage) may return wrong bytes for a damaged stream.
  [[nodiscard]] virtual Bytes decompress(ByteView stream, std::size_t max_size) const = 0;

  // L(data). The default is 8 x the size of compress(data) for both units.
  [[nodiscard]] virtual double bits(ByteView data, Units units) const;

  // The size in bytes of a stream for all that `data` gives, which is `size` bytes where that is
  // known: that of compress(), or a few bytes from it where the library cuts long inputs its own
  // way. gzip, zlib, deflate, xz, lzma, bzip2, and zstd of a known size, hold only a window of it;
  // the default holds all, at most 1 GiB, and throws Error beyond.
  [[nodiscard]] virtual std::uint64_t stream_size(const ByteSource& data,
                                                  std::optional<std::uint64_t> size) const;

  // An encoder that has seen nothing yet. The default recompresses the whole context for every
  // question; a codec that can do better overrides it.
  [[nodiscard]] virtual std::unique_ptr<Session> start(Units units = Units::kBits) const;
};

// Decoder sampling. A decoder turns bits into text, and a good coder's bits look random; so random
// bits, given to the decoder where the codec has just coded the context, come out as text that the
// codec finds as likely as its tables say: an exact sample of the distribution over its tokens, at
// decoding speed. No probability is computed on our side; the codec's own decoder does it all.
//
// Immutable; all members may be called from many threads.
class ZIPDREAM_API DecoderSampler {
 public:
  virtual ~DecoderSampler() = default;

  // Exactly `count` bytes that follow `context`. The bits come from `rng` alone. Where the decoder
  // refuses what it was given (a match that reaches too far back), what came before is kept and the
  // sample goes on after it with fresh bits. Throws Error when it never gets on, Interrupted when
  // the user asks to stop.
  [[nodiscard]] virtual Bytes sample(ByteView context, std::size_t count, Rng& rng) const = 0;
};

// From main, before threads begin: installs a handler of SIGSEGV for the whole process, by which
// sessions find out which memory of an encoder a candidate has changed. Sessions of xz, lzma, zstd,
// brotli and bzip2 give the same answers with and without it, several times faster with it.
// Experimental.
ZIPDREAM_API void use_page_guards();

}  // namespace zipdream
