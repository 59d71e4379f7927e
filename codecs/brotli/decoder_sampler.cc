// SPDX-License-Identifier: Apache-2.0
// The dream of brotli. libbrotli's decoder is given a stream that says the context and goes on with
// random bits in the codes of its end (brotli_priming.h), to the codes' blocks and contexts and the
// words of the format's dictionary.
//
// It gets a few bytes of them at a time. Where it refuses them, for a distance that means no word
// of the dictionary, it is put back to where it was before (all its memory lies in an Arena) and
// gets others. So what it refuses costs no more than these.
//
// After 8 MB the text so far is the context of another such stream, for a meta-block has at
// most 16.
#include "codecs/common/decoder_sampler.h"

#include <brotli/decode.h>

#include <algorithm>
#include <array>
#include <new>

#include "base/interrupt.h"
#include "codecs/brotli/brotli.h"
#include "codecs/brotli/priming.h"
#include "codecs/brotli/stream.h"
#include "codecs/common/arena.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr int kMostRefusals = 100;  // in a row
// Where a code has but one symbol, random bits are not used up, and a dream without end begins.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 16;

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }
void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

// libbrotli's decoder, which can be put back to where it was.
class Decoder {
 public:
  Decoder() : state_(BrotliDecoderCreateInstance(allocate, release, &arena_)) {
    if (state_ == nullptr) throw std::bad_alloc();
  }

  // Appends what `input` says to `text`, but at most so many bytes. Returns what it had no use for,
  // or nothing if it refuses the input.
  std::optional<ByteView> decode(ByteView input, std::size_t most, Bytes& text) {
    std::size_t available_in = input.size();
    const Byte* next_in = input.data();
    while (true) {
      std::size_t available_out = std::min(most, room_.size());
      const std::size_t room = available_out;
      Byte* next_out = room_.data();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          state_, &available_in, &next_in, &available_out, &next_out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR || result == BROTLI_DECODER_RESULT_SUCCESS) {
        return std::nullopt;
      }
      text.insert(text.end(), room_.data(), next_out);
      most -= room - available_out;
      if (most == 0 || result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
        return input.last(available_in);
      }
    }
  }

  void keep() { arena_.snapshot(); }
  // To the last keep().
  void go_back() { arena_.restore(); }

 private:
  Arena arena_;
  BrotliDecoderState* state_;  // what it owns goes with the arena
  std::array<Byte, kMostAtOnce> room_;
};

// After `text`, up to `end` bytes of it, or until the decoder refuses all bits.
void sample_on(const BrotliPriming& priming, Bytes& text, std::size_t end, Rng& rng) {
  Decoder decoder;
  Bytes said;
  const std::optional<ByteView> unused = decoder.decode(priming.stream, text.size(), said);
  if (!unused) throw library_failure("brotli", "its decoder refuses its encoder's stream");
  Bytes rest(unused->begin(), unused->end());  // with the open byte, where the random bits begin
  unsigned open_bits = priming.open_bits;
  for (int refusals = 0; said.size() < end && refusals < kMostRefusals;) {
    check_interrupt();
    decoder.keep();
    const std::size_t begin = said.size();
    Bytes input = rest;
    const Bytes random = random_bytes(kRandomBytes, rng);
    input.insert(input.end(), random.begin(), random.end());
    if (open_bits > 0) {
      input[rest.size()] = static_cast<Byte>(input[rest.size()] << open_bits | priming.open);
    }
    if (decoder.decode(input, kMostAtOnce, said)) {
      rest.clear();
      open_bits = 0;
      refusals = 0;
    } else {
      said.resize(begin);
      decoder.go_back();
      ++refusals;
    }
  }
  if (!std::equal(said.begin(), said.begin() + std::min(said.size(), text.size()), text.begin())) {
    throw library_failure("brotli", "a text got lost");
  }
  if (said.size() <= text.size()) throw refuses_all_bits();
  said.resize(std::min(said.size(), end));
  text = std::move(said);
}

class BrotliDecoderSampler final : public DecoderSampler {
 public:
  explicit BrotliDecoderSampler(int quality) : quality_(quality) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    while (text.size() < end) {
      const std::size_t next = std::min(end, text.size() + BrotliPriming::kMostText);
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
