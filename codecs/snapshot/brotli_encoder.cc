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

#include "codecs/coding_loop.h"
#include "codecs/snapshot/encoders.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "brotli";
constexpr std::size_t kLongInput = std::size_t{1} << 20;

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

struct State {
  BrotliEncoderState* encoder;
  std::size_t consumed;
  std::size_t produced;
  Byte last;  // the byte that is kept back, if any
  bool has_last;
};

class BrotliEncoder final : public Encoder {
 public:
  explicit BrotliEncoder(State& state) : state_(state) {}

  void feed(ByteView bytes) override {
    if (bytes.empty()) return;
    if (state_.has_last) run({&state_.last, 1}, BROTLI_OPERATION_PROCESS);
    run(bytes.first(bytes.size() - 1), BROTLI_OPERATION_PROCESS);
    state_.last = bytes.back();
    state_.has_last = true;
  }

  std::optional<double> finish() override {
    run({&state_.last, state_.has_last ? std::size_t{1} : 0}, BROTLI_OPERATION_FINISH);
    // Beyond that size compress() stores the data.
    if (state_.produced > BrotliEncoderMaxCompressedSize(state_.consumed)) return std::nullopt;
    return 8.0 * static_cast<double>(state_.produced);
  }

 private:
  void run(ByteView input, BrotliEncoderOperation operation) {
    std::size_t available_in = input.size();
    const Byte* next_in = input.data();
    state_.consumed += input.size();
    do {
      std::size_t no_room = 0;
      if (!BrotliEncoderCompressStream(state_.encoder, operation, &available_in, &next_in, &no_room,
                                       nullptr, nullptr)) {
        throw library_failure(kName, "no reason given");
      }
      std::size_t size = 0;  // as much as there is
      BrotliEncoderTakeOutput(state_.encoder, &size);
      state_.produced += size;
    } while (available_in != 0 || BrotliEncoderHasMoreOutput(state_.encoder) ||
             (operation == BROTLI_OPERATION_FINISH && !BrotliEncoderIsFinished(state_.encoder)));
  }

  State& state_;
};

class BrotliEncoders final : public EncoderFactory {
 public:
  BrotliEncoders(int quality, int window_log)
      : quality_(static_cast<std::uint32_t>(quality)),
        window_log_(static_cast<std::uint32_t>(window_log)) {}

  std::size_t variant(std::size_t size) const override {
    const bool depends_on_pieces = quality_ <= 1 || quality_ == 10;
    if (size == 0 || size > kMaxPiece || depends_on_pieces) return kNone;
    return size < kLongInput ? 1 : kLongInput;
  }

  // The variant is a size that stands for its kind.
  std::unique_ptr<Encoder> start(Arena& arena, std::size_t variant) const override {
    void* const place = arena.allocate(sizeof(State));
    if (place == nullptr) throw std::bad_alloc();
    State& state = *new (place) State{};
    state.encoder = BrotliEncoderCreateInstance(allocate, release, &arena);
    if (state.encoder == nullptr) throw std::bad_alloc();
    BrotliEncoderSetParameter(state.encoder, BROTLI_PARAM_QUALITY, quality_);
    BrotliEncoderSetParameter(state.encoder, BROTLI_PARAM_LGWIN, window_log_);
    BrotliEncoderSetParameter(state.encoder, BROTLI_PARAM_MODE, BROTLI_MODE_GENERIC);
    BrotliEncoderSetParameter(state.encoder, BROTLI_PARAM_SIZE_HINT,
                              static_cast<std::uint32_t>(variant));
    return std::make_unique<BrotliEncoder>(state);
  }

 private:
  std::uint32_t quality_;
  std::uint32_t window_log_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> brotli_encoders(int quality, int window_log) {
  return std::make_shared<BrotliEncoders>(quality, window_log);
}

}  // namespace zipdream
