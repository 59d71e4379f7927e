// SPDX-License-Identifier: Apache-2.0
// libbz2's encoder in an arena. It sorts and writes a block when it is full, whatever the pieces it
// arrived in, so a candidate costs the sorting of the open block.
#include <bzlib.h>

#include <new>

#include "codecs/bzip2/bzip2.h"
#include "codecs/bzip2/tables.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::size_t kOutputBytes = std::size_t{64} << 10;
constexpr std::size_t kBlockPerLevel = 100'000;
constexpr std::string_view kName = "bzip2";

void* allocate(void* arena, int items, int size) {
  return static_cast<Arena*>(arena)->allocate(static_cast<std::size_t>(items) *
                                              static_cast<std::size_t>(size));
}

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

struct State {
  bz_stream stream;
  OutputTail output;
};

class Bzip2Encoder final : public Encoder {
 public:
  Bzip2Encoder(State& state, Units units) : state_(state), units_(units), buffer_(kOutputBytes) {}

  void feed(ByteView bytes) override {
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kMaxPiece));
      // libbz2 doesn't write there
      state_.stream.next_in = const_cast<char*>(as_chars(piece).data());
      state_.stream.avail_in = static_cast<unsigned>(piece.size());
      while (state_.stream.avail_in != 0) run(BZ_RUN);
      bytes = bytes.subspan(piece.size());
    }
  }

  std::optional<double> finish() override {
    state_.stream.avail_in = 0;
    while (run(BZ_FINISH) != BZ_STREAM_END) {
    }
    const std::size_t padding =
        units_ == Units::kBits ? bzip2_padding_bits(state_.output.last()) : 0;
    return 8.0 * static_cast<double>(state_.output.count()) - static_cast<double>(padding);
  }

 private:
  int run(int action) {
    bz_stream& stream = state_.stream;
    stream.next_out = reinterpret_cast<char*>(buffer_.data());
    stream.avail_out = static_cast<unsigned>(buffer_.size());
    const int status = BZ2_bzCompress(&stream, action);
    if (status < 0) throw library_failure(kName, "no progress");
    state_.output.add(ByteView(buffer_).first(buffer_.size() - stream.avail_out));
    return status;
  }

  State& state_;
  Units units_;
  Bytes buffer_;
};

class Bzip2Encoders final : public EncoderFactory {
 public:
  Bzip2Encoders(int level, Units units) : level_(level), units_(units) {}

  // Before the first block is full nothing is done.
  std::size_t variant(std::size_t size) const override {
    return size <= static_cast<std::size_t>(level_) * kBlockPerLevel ? kNone : 0;
  }

  std::unique_ptr<Encoder> start(Arena& arena, std::size_t /*variant*/) const override {
    void* const place = arena.allocate(sizeof(State));
    if (place == nullptr) throw std::bad_alloc();
    State& state = *new (place) State{};
    state.stream.bzalloc = allocate;
    state.stream.bzfree = release;
    state.stream.opaque = &arena;
    const int status = BZ2_bzCompressInit(&state.stream, level_, /*verbosity=*/0, /*workFactor=*/0);
    if (status == BZ_MEM_ERROR) throw std::bad_alloc();
    if (status != BZ_OK) throw library_failure(kName, "it does not start");
    return std::make_unique<Bzip2Encoder>(state, units_);
  }

 private:
  int level_;
  Units units_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> bzip2_encoders(int level, Units units) {
  return std::make_shared<Bzip2Encoders>(level, units);
}

}  // namespace zipdream
