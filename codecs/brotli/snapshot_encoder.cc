// SPDX-License-Identifier: Apache-2.0
// libbrotli's encoder in an arena. It gathers input into blocks (16 KB at qualities 2 and 3, 64 KB
// to 8, 256 KB from 9) and finds the matches of a block when it is full, so a candidate costs the
// open block and writing the open meta-block.
//
// compress() hands everything over in one call. Pieces give the same stream if, as here,
// - the size is announced: it decides from 1 MiB on about hash tables and context maps,
// - one byte is kept back: a block that is full must not be closed while it may be the last,
// - the quality is neither 0 nor 1 (which encode each piece as it comes) nor 10 (which has a path
//   of its own in BrotliEncoderCompress).
#include <brotli/encode.h>

#include <new>

#include "codecs/brotli/brotli.h"
#include "codecs/brotli/stream.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::size_t kLongInput = std::size_t{1} << 20;

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

struct State {
  BrotliStream stream;
  Byte last;  // the byte that is kept back, if any
  bool has_last;
};

class BrotliEncoder final : public Encoder {
 public:
  BrotliEncoder(Arena& arena, State& state, int quality, Units units)
      : arena_(arena), state_(state), quality_(quality), units_(units) {}

  void feed(ByteView bytes) override {
    candidate_.assign(bytes.begin(), bytes.end());
    if (bytes.empty()) return;
    if (state_.has_last) run({&state_.last, 1}, BrotliStep::kGoOn);
    run(bytes.first(bytes.size() - 1), BrotliStep::kGoOn);
    state_.last = bytes.back();
    state_.has_last = true;
  }

  std::optional<double> finish() override {
    if (units_ == Units::kBytes) return measured(finished_size());
    run(last(), BrotliStep::kGoOn);
    run({}, BrotliStep::kMark);
    if (const std::optional<double> bits = brotli_bits(state_.stream, quality_)) return bits;
    const BrotliStream marked = state_.stream;
    arena_.restore();
    const Bytes candidate = candidate_;
    feed(candidate);
    const std::uint64_t size = finished_size();
    return measured(size) ? brotli_bits(marked, quality_, size) : std::nullopt;
  }

 private:
  ByteView last() const { return {&state_.last, state_.has_last ? std::size_t{1} : 0}; }

  std::uint64_t finished_size() {
    run(last(), BrotliStep::kFinish);
    return state_.stream.output.count();
  }

  // Beyond that size compress() stores the data.
  std::optional<double> measured(std::uint64_t size) const {
    if (size > BrotliEncoderMaxCompressedSize(state_.stream.consumed)) return std::nullopt;
    return 8.0 * static_cast<double>(size);
  }

  void run(ByteView input, BrotliStep step) { run_brotli(state_.stream, input, step); }

  Arena& arena_;
  State& state_;
  int quality_;
  Units units_;
  Bytes candidate_;  // what was fed last
};

class BrotliEncoders final : public EncoderFactory {
 public:
  BrotliEncoders(int quality, int window_log, Units units)
      : quality_(quality), window_log_(window_log), units_(units) {}

  std::size_t variant(std::size_t size) const override {
    const bool depends_on_pieces = quality_ <= 1 || quality_ == 10;
    if (size == 0 || size > kMaxPiece || depends_on_pieces) return kNone;
    return size < kLongInput ? 1 : kLongInput;
  }

  // The variant is a size that stands for its kind.
  std::unique_ptr<Encoder> start(Arena& arena, std::size_t variant) const override {
    void* const place = arena.allocate(sizeof(State));
    if (place == nullptr) throw std::bad_alloc();
    const BrotliOptions options{quality_, window_log_, variant};
    State& state = *new (place) State{
        .stream = start_brotli(options, {allocate, release, &arena}), .last = 0, .has_last = false};
    return std::make_unique<BrotliEncoder>(arena, state, quality_, units_);
  }

 private:
  int quality_;
  int window_log_;
  Units units_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> brotli_encoders(int quality, int window_log, Units units) {
  return std::make_shared<BrotliEncoders>(quality, window_log, units);
}

}  // namespace zipdream
