// SPDX-License-Identifier: Apache-2.0
// liblzma's encoder in an arena. It keeps back as much input as its longest match needs and encodes
// the same however the input arrives.
#include <lzma.h>

#include <algorithm>
#include <array>
#include <new>

#include "codecs/coding_loop.h"
#include "codecs/snapshot/arena_bytes.h"
#include "codecs/snapshot/encoders.h"

namespace zipdream {
namespace {

// The encoder never gets nearer than 4370 bytes to the end of its input before it knows that it is
// the end, so with little more than that a snapshot saves nothing.
constexpr std::size_t kMinSize = std::size_t{8} << 10;

// liblzma takes all the input that its window holds, then stops when there is no more room for
// output, and without new input does not go on. So it gets pieces for whose output there is room:
// some 32 KB, and a chunk of 64 KB that they may complete.
constexpr std::size_t kPiece = std::size_t{32} << 10;
constexpr std::size_t kRoom = std::size_t{256} << 10;

void* allocate(void* arena, std::size_t items, std::size_t size) {
  return static_cast<Arena*>(arena)->allocate(items * size);
}

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

struct State {
  lzma_allocator allocator;
  lzma_stream stream;
  std::uint64_t produced;
  // What the meter needs; for Units::kBits only.
  ArenaBytes data;
  ArenaBytes file;
};

class LzmaEncoder final : public Encoder {
 public:
  LzmaEncoder(State& state, LzmaFormat format, Units units)
      : state_(state), units_(units), meter_(format), room_(kRoom) {}

  void feed(ByteView bytes) override {
    if (units_ == Units::kBits) state_.data.append(bytes);
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
      state_.stream.next_in = piece.data();
      state_.stream.avail_in = piece.size();
      while (state_.stream.avail_in != 0) run(LZMA_RUN);
      bytes = bytes.subspan(piece.size());
    }
  }

  std::optional<double> finish() override {
    state_.stream.avail_in = 0;
    while (run(LZMA_FINISH) != LZMA_STREAM_END) {
    }
    if (units_ == Units::kBits) return meter_.bits(state_.file.view(), state_.data.view());
    return 8.0 * static_cast<double>(state_.produced);
  }

 private:
  lzma_ret run(lzma_action action) {
    lzma_stream& stream = state_.stream;
    stream.next_out = room_.data();
    stream.avail_out = room_.size();
    const lzma_ret status = lzma_code(&stream, action);
    if (status != LZMA_OK && status != LZMA_STREAM_END) {
      throw library_failure("lzma", status == LZMA_MEM_ERROR ? "out of memory" : "no progress");
    }
    const ByteView output = ByteView(room_).first(room_.size() - stream.avail_out);
    state_.produced += output.size();
    if (units_ == Units::kBits) state_.file.append(output);
    return status;
  }

  State& state_;
  Units units_;
  LzmaMeter meter_;
  Bytes room_;
};

class LzmaEncoders final : public EncoderFactory {
 public:
  LzmaEncoders(LzmaFormat format, std::uint32_t preset, Units units)
      : format_(format), preset_(preset), units_(units) {}

  std::size_t variant(std::size_t size) const override { return size < kMinSize ? kNone : 0; }

  std::unique_ptr<Encoder> start(Arena& arena, std::size_t /*variant*/) const override {
    void* const place = arena.allocate(sizeof(State));
    if (place == nullptr) throw std::bad_alloc();
    State& state = *new (place) State{
        {allocate, release, &arena}, LZMA_STREAM_INIT, 0, ArenaBytes(arena), ArenaBytes(arena)};
    state.stream.allocator = &state.allocator;
    const lzma_ret status = start_stream(state.stream);
    if (status == LZMA_MEM_ERROR) throw std::bad_alloc();
    if (status != LZMA_OK) throw library_failure("lzma", "it does not start");
    return std::make_unique<LzmaEncoder>(state, format_, units_);
  }

 private:
  lzma_ret start_stream(lzma_stream& stream) const {
    if (format_ == LzmaFormat::kXz) return lzma_easy_encoder(&stream, preset_, LZMA_CHECK_CRC64);
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, preset_)) return LZMA_OPTIONS_ERROR;
    return lzma_alone_encoder(&stream, &options);
  }

  LzmaFormat format_;
  std::uint32_t preset_;
  Units units_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> lzma_encoders(LzmaFormat format, std::uint32_t preset,
                                                    Units units) {
  return std::make_shared<LzmaEncoders>(format, preset, units);
}

}  // namespace zipdream
