// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of brotli. libbrotli's decoder gets a stream that decodes to the context and
// goes on with random bits in the codes of its end (prime_brotli()), down to the codes' blocks and
// contexts and the words of the format's dictionary.
//
// The decoder gets a few random bytes at a time. Where it refuses them, for a distance that means
// no word of the dictionary, it is put back to where it was before (all its memory lies in an
// Arena) and gets others. So a refusal costs no more than these bytes.
//
// After 8 MB the text so far is the context of another such stream, for a meta-block has at
// most 16.
#include "codecs/common/decoder_sampler.h"

#include <brotli/decode.h>

#include <algorithm>
#include <array>
#include <new>

#include "base/process.h"
#include "codecs/brotli/brotli.h"
#include "codecs/brotli/stream.h"
#include "codecs/common/arena.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr int kMaxRefusals = 100;  // in a row
// At once: where a code has but one symbol, random bits are not used up, and the decoder goes on
// without end.
constexpr std::size_t kMaxOutput = std::size_t{1} << 16;

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }
void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

// libbrotli's decoder, which can be put back to where it was.
class Decoder {
 public:
  Decoder() : state_(BrotliDecoderCreateInstance(allocate, release, &arena_)) {
    if (state_ == nullptr) throw std::bad_alloc();
  }

  // Appends what `input` decodes to to `text`, but at most `max_count` bytes. Returns the input
  // that is left, or nothing if the decoder refuses the input.
  std::optional<ByteView> decode(ByteView input, std::size_t max_count, Bytes& text) {
    std::size_t available_in = input.size();
    const Byte* next_in = input.data();
    while (true) {
      std::size_t available_out = std::min(max_count, output_.size());
      const std::size_t offered = available_out;
      Byte* next_out = output_.data();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          state_, &available_in, &next_in, &available_out, &next_out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR || result == BROTLI_DECODER_RESULT_SUCCESS) {
        return std::nullopt;
      }
      text.insert(text.end(), output_.data(), next_out);
      max_count -= offered - available_out;
      if (max_count == 0 || result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
        return input.last(available_in);
      }
    }
  }

  void snapshot() { arena_.snapshot(); }
  void restore() { arena_.restore(); }

 private:
  Arena arena_;
  BrotliDecoderState* state_;  // what it owns goes with the arena
  std::array<Byte, kMaxOutput> output_;
};

// After `text`, up to `end` bytes of it, or until the decoder refuses all bits.
void sample_on(const BrotliPriming& priming, Bytes& text, std::size_t end, Rng& rng) {
  Decoder decoder;
  Bytes decoded;
  const std::optional<ByteView> unused = decoder.decode(priming.stream, text.size(), decoded);
  if (!unused) throw library_failure("brotli", "its decoder refuses its encoder's stream");
  Bytes rest(unused->begin(), unused->end());  // with the open byte, where the random bits begin
  unsigned open_bits = priming.open_bits;
  for (int refusals = 0; decoded.size() < end && refusals < kMaxRefusals;) {
    check_interrupt();
    decoder.snapshot();
    const std::size_t begin = decoded.size();
    Bytes input = rest;
    const Bytes random = random_bytes(kRandomBytes, rng);
    input.insert(input.end(), random.begin(), random.end());
    if (open_bits > 0) {
      input[rest.size()] = static_cast<Byte>(input[rest.size()] << open_bits | priming.open);
    }
    if (decoder.decode(input, kMaxOutput, decoded)) {
      rest.clear();
      open_bits = 0;
      refusals = 0;
    } else {
      decoded.resize(begin);
      decoder.restore();
      ++refusals;
    }
  }
  if (!std::equal(decoded.begin(), decoded.begin() + std::min(decoded.size(), text.size()),
                  text.begin())) {
    throw library_failure("brotli", "a text got lost");
  }
  if (decoded.size() <= text.size()) throw refuses_all_bits();
  decoded.resize(std::min(decoded.size(), end));
  text = std::move(decoded);
}

class BrotliDecoderSampler final : public DecoderSampler {
 public:
  explicit BrotliDecoderSampler(int quality) : quality_(quality) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    while (text.size() < end) {
      const std::size_t next = std::min(end, text.size() + BrotliPriming::kMaxText);
      if (const std::optional<BrotliPriming> priming = prime_brotli(text, quality_)) {
        sample_on(*priming, text, next, rng);
      } else {
        const Bytes noise = random_bytes(next - text.size(), rng);
        text.insert(text.end(), noise.begin(), noise.end());
      }
    }
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  int quality_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_brotli_decoder_sampler(const Spec& spec) {
  return std::make_unique<BrotliDecoderSampler>(static_cast<int>(spec.number("level")));
}

}  // namespace zipdream
