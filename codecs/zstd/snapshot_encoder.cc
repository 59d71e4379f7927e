// SPDX-License-Identifier: Apache-2.0
// libzstd's encoder in an arena, block by block: a candidate costs the open block, the last 1 to
// 128 KB of the input.
//
// compress() pledges the size of its input, by which zstd chooses its parameters. An encoder that
// is to measure inputs of many sizes can't pledge; instead it is given the very parameters that
// zstd chooses for its sizes, which are the same between powers of two: those are the variants. All
// that is then missing is the size in the frame header, whose length follows from the format (RFC
// 8878, 3.1.1). The input lies in one piece and is handed over in the blocks that compress() makes
// of it.
#define ZSTD_STATIC_LINKING_ONLY         // ZSTD_createCCtx_advanced, ZSTD_compressContinue
#define ZSTD_DISABLE_DEPRECATE_WARNINGS  // ZSTD_compressBegin_advanced
#include <zstd.h>

#include <bit>
#include <cstring>
#include <new>

#include "codecs/common/coding_loop.h"
#include "codecs/zstd/frame.h"
#include "codecs/zstd/zstd.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";
constexpr std::size_t kBlock = ZSTD_BLOCKSIZE_MAX;

// Later versions cut blocks by their contents and what was saved so far.
constexpr unsigned kFirstBlockSplittingVersion = 10507;

// With one block nothing is done before the end. Beyond the last, long-distance matching begins.
constexpr std::size_t kMinSize = kBlock + 1;
constexpr std::size_t kMaxSize = std::size_t{64} << 20;

std::size_t check(std::size_t result) {
  if (ZSTD_isError(result)) throw library_failure(kName, ZSTD_getErrorName(result));
  return result;
}

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

// Magic number, descriptor, and the window's size if nothing says how long the content is.
constexpr std::size_t kHeaderWithoutSize = 4 + 1 + 1;

// With the size of the content, in 1, 2, 4 or 8 bytes, the window's is left out if it is no
// smaller.
std::size_t header_with_size(std::size_t content, std::size_t window) {
  const bool is_single_segment = window >= content;
  std::size_t field = content < 65536 + 256 ? 2 : 4;
  if (content < 256) field = is_single_segment ? 1 : 0;
  return 4 + 1 + (is_single_segment ? 0 : 1) + field;
}

struct State {
  ZSTD_CCtx* context;
  Byte* input;
  std::size_t filled;      // of the input
  std::size_t compressed;  // of that
  std::size_t produced;
  std::size_t padding;  // bits of that, for Units::kBits only
};

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder(State& state, std::size_t window, Units units)
      : state_(state), window_(window), units_(units), buffer_(ZSTD_compressBound(kBlock)) {}

  void feed(ByteView bytes) override {
    if (bytes.empty()) return;
    std::memcpy(state_.input + state_.filled, bytes.data(), bytes.size());
    state_.filled += bytes.size();
    // Not a block that may be the last.
    while (state_.filled - state_.compressed > kBlock) {
      add_output(
          ZSTD_compressContinue(state_.context, buffer_.data(), buffer_.size(), open(), kBlock));
      state_.compressed += kBlock;
    }
  }

  std::optional<double> finish() override {
    const std::size_t last = state_.filled - state_.compressed;
    add_output(ZSTD_compressEnd(state_.context, buffer_.data(), buffer_.size(), open(), last));
    const std::size_t size =
        state_.produced - kHeaderWithoutSize + header_with_size(state_.filled, window_);
    return 8.0 * static_cast<double>(size) - static_cast<double>(state_.padding);
  }

 private:
  const Byte* open() const { return state_.input + state_.compressed; }

  void add_output(std::size_t result) {
    const ByteView output = ByteView(buffer_).first(check(result));
    if (units_ == Units::kBits) {
      state_.padding +=
          state_.produced == 0 ? zstd_padding(output) : zstd_padding_of_blocks(output);
    }
    state_.produced += output.size();
  }

  State& state_;
  std::size_t window_;
  Units units_;
  Bytes buffer_;
};

class ZstdEncoders final : public EncoderFactory {
 public:
  ZstdEncoders(int level, Units units) : level_(level), units_(units) {}

  std::size_t variant(std::size_t size) const override {
    const bool is_known = ZSTD_versionNumber() < kFirstBlockSplittingVersion;
    return is_known && size >= kMinSize && size <= kMaxSize ? std::bit_ceil(size) : kNone;
  }

  // The variant is the largest size it is for.
  std::unique_ptr<Encoder> start(Arena& arena, std::size_t variant) const override {
    void* const place = arena.allocate(sizeof(State));
    void* const input = arena.allocate(variant);
    ZSTD_CCtx* const context = ZSTD_createCCtx_advanced({allocate, release, &arena});
    if (place == nullptr || input == nullptr || context == nullptr) throw std::bad_alloc();
    const ZSTD_parameters parameters{
        .cParams = ZSTD_getCParams(level_, variant, 0),
        .fParams = {.contentSizeFlag = 0, .checksumFlag = 1, .noDictIDFlag = 1}};
    check(ZSTD_compressBegin_advanced(context, nullptr, 0, parameters, ZSTD_CONTENTSIZE_UNKNOWN));
    State& state = *new (place) State{.context = context, .input = static_cast<Byte*>(input)};
    return std::make_unique<ZstdEncoder>(state, std::size_t{1} << parameters.cParams.windowLog,
                                         units_);
  }

 private:
  int level_;
  Units units_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> zstd_encoders(int level, Units units) {
  return std::make_shared<ZstdEncoders>(level, units);
}

}  // namespace zipdream
