// SPDX-License-Identifier: Apache-2.0
// liblzma's encoder in an arena. It encodes the same however its input arrives. Of the context it
// encodes as much as no candidate can change (lookahead.h), so that a candidate costs little more
// than itself.
#include <lzma.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/lzma/lookahead.h"
#include "codecs/lzma/lzma.h"

namespace zipdream {
namespace {

// liblzma takes all the input that its window holds, then stops when the output buffer is full, and
// without new input does not go on. So it gets pieces whose output the buffer holds: some 32 KB,
// and a chunk of 64 KB that they may complete.
constexpr std::size_t kPiece = std::size_t{32} << 10;
constexpr std::size_t kOutputBytes = std::size_t{256} << 10;

// Its window has not slid before so much input, and is found while it is there in full.
constexpr std::size_t kMaxUnslidInput = std::size_t{256} << 10;

// So many bytes of the context are kept back to let it go on with, one each time.
constexpr std::size_t kHeldBack = 8;

// It is let go on for some bytes at least, and stops somewhat further: in the fast mode after the
// symbol that it is in, in the other after a series of symbols that it has chosen together, often
// 100 bytes. Where that was too far it goes just one step, and if that is too far waits for more
// data.
constexpr std::size_t kMinAdvance = 16;
constexpr std::size_t kOvershoot = 16;
constexpr std::size_t kSeriesOvershoot = 256;
constexpr std::size_t kLongestSymbol = 273 + 1;

// When it goes on by more bytes than these it writes most pages.
constexpr std::size_t kFarAdvance = 1000;

struct State {
  Arena* arena;
  LzmaBlocks blocks;
  lzma_allocator allocator;
  lzma_stream stream;
  std::size_t produced;
};

void* allocate(void* opaque, std::size_t items, std::size_t size) {
  State& state = *static_cast<State*>(opaque);
  void* const block = state.arena->allocate(items * size);
  if (block != nullptr) state.blocks.add(block, items * size);
  return block;
}

void release(void* opaque, void* block) { static_cast<State*>(opaque)->arena->release(block); }

enum class Lookahead { kShort, kOfLibrary };

class LzmaEncoder final : public Encoder {
 public:
  LzmaEncoder(State& state, LzmaFormat format, Units units, Lookahead lookahead, bool is_fast)
      : state_(state), units_(units), meter_(format), lookahead_(lookahead), is_fast_(is_fast) {}

  void feed(ByteView bytes) override {
    if (units_ == Units::kBits) {
      data_.resize(state_.stream.total_in);
      data_.insert(data_.end(), bytes.begin(), bytes.end());
    }
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
      state_.stream.next_in = piece.data();
      state_.stream.avail_in = piece.size();
      while (state_.stream.avail_in != 0) run(LZMA_RUN);
      bytes = bytes.subspan(piece.size());
    }
  }

  void feed_context(ByteView bytes) override {
    const ByteView last = bytes.last(std::min(bytes.size(), kHeldBack));
    const ByteView first = bytes.first(bytes.size() - last.size());
    const ByteView start = first.first(std::min(first.size(), kPiece));
    feed(start);
    find_window(start);
    feed(first.subspan(start.size()));
    for (const Byte byte : last) {
      if (!encode_settled(byte)) feed({&byte, 1});
    }
    context_output_ = state_.produced;
  }

  std::optional<double> finish() override {
    state_.stream.avail_in = 0;
    while (run(LZMA_FINISH) != LZMA_STREAM_END) {
    }
    if (units_ == Units::kBytes) return 8.0 * static_cast<double>(state_.produced);
    const std::size_t unchanged = std::exchange(measured_output_, context_output_);
    return meter_.bits(ByteView(output_).first(state_.produced), data_, unchanged);
  }

 private:
  lzma_ret run(lzma_action action) {
    lzma_stream& stream = state_.stream;
    // All the output is kept for the meter alone.
    const std::size_t begin = units_ == Units::kBits ? state_.produced : 0;
    if (output_.size() < begin + kOutputBytes) output_.resize(2 * begin + kOutputBytes);
    stream.next_out = output_.data() + begin;
    stream.avail_out = kOutputBytes;
    const lzma_ret status = lzma_code(&stream, action);
    if (status != LZMA_OK && status != LZMA_STREAM_END) {
      throw library_failure("lzma", status == LZMA_MEM_ERROR ? "out of memory" : "no progress");
    }
    state_.produced += kOutputBytes - stream.avail_out;
    return status;
  }

  void find_window(ByteView recent) {
    const std::uint64_t total = state_.stream.total_in;
    const bool is_known = window_ || lookahead_ == Lookahead::kOfLibrary;
    if (is_known || recent.empty() || total > kMaxUnslidInput) return;
    window_ = LzmaWindow::find(state_.blocks, total, recent);
  }

  // Goes on with what is settled, if that is worth while and known, and takes the byte `next`,
  // without which liblzma does not go on. Otherwise changes nothing and returns false.
  bool encode_settled(Byte next) {
    const std::uint64_t total = state_.stream.total_in;
    if (!window_ || total < wait_until_) return false;
    const std::size_t begin = window_->position();
    const std::size_t unsettled = reach_at(total) + 1;
    const std::size_t size = window_->data().size();
    if (size < begin + unsettled + kMinAdvance) return false;
    const std::size_t settled = size - unsettled;
    const bool is_far = settled - begin > kFarAdvance;
    if (is_far && is_fast_) {  // it can't go too far
      window_->set_limit(settled - kLongestSymbol);
      feed({&next, 1});
      return true;
    }
    const std::size_t overshoot = is_fast_ ? kOvershoot : kSeriesOvershoot;
    const bool is_bold = !is_careful_ && settled > begin + overshoot;
    state_.arena->snapshot();
    window_->set_limit(is_bold ? settled - overshoot : begin + 1);
    feed({&next, 1});
    is_careful_ = window_->position() + unsettled >= window_->data().size();
    if (!is_careful_) {
      if (is_far) state_.arena->thaw();
      return true;
    }
    state_.arena->restore();
    if (!is_bold) wait_until_ = total + kHeldBack;
    return false;
  }

  // At least reach_of_past() of the context, which grows by a byte with each byte at most.
  std::size_t reach_at(std::uint64_t total) {
    const std::uint64_t news = total - known_at_;
    if (known_reach_ == 0 || news >= kMinAdvance) {
      known_reach_ = reach_of_past(window_->data(), kMaxLzmaReach);
      known_at_ = total;
      return known_reach_;
    }
    return std::min<std::uint64_t>(kMaxLzmaReach, known_reach_ + news);
  }

  // Beside what lies in the arena here are only scratch, what depends on the context alone, and
  // bytes of which the arena says how many count.
  State& state_;
  Units units_;
  LzmaMeter meter_;
  Bytes data_;                       // for the meter: stream.total_in bytes
  Bytes output_;                     // `produced` bytes
  std::size_t context_output_ = 0;   // bytes of it without any candidate
  std::size_t measured_output_ = 0;  // the same when the meter was last asked
  std::optional<LzmaWindow> window_;
  Lookahead lookahead_;
  bool is_fast_;  // the mode
  bool is_careful_ = false;
  std::uint64_t wait_until_ = 0;  // bytes
  std::size_t known_reach_ = 0;   // reach_of_past(), 0 if not known yet
  std::uint64_t known_at_ = 0;    // after so many bytes
};

lzma_options_lzma options_of(std::uint32_t preset) {
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, preset)) throw library_failure("lzma", "no such preset");
  return options;
}

lzma_ret start_stream(lzma_stream& stream, LzmaFormat format, const lzma_options_lzma& options) {
  if (format == LzmaFormat::kLzma) return lzma_alone_encoder(&stream, &options);
  lzma_options_lzma copy = options;  // it is not changed
  const std::array filters = {lzma_filter{.id = LZMA_FILTER_LZMA2, .options = &copy},
                              lzma_filter{.id = LZMA_VLI_UNKNOWN, .options = nullptr}};
  return lzma_stream_encoder(&stream, filters.data(), LZMA_CHECK_CRC64);
}

std::unique_ptr<LzmaEncoder> start_encoder(Arena& arena, LzmaFormat format,
                                           const lzma_options_lzma& options, Units units,
                                           Lookahead lookahead) {
  void* const place = arena.allocate(sizeof(State));
  if (place == nullptr) throw std::bad_alloc();
  State& state = *new (place) State{.arena = &arena,
                                    .blocks = {},
                                    .allocator = {allocate, release, place},
                                    .stream = LZMA_STREAM_INIT,
                                    .produced = 0};
  state.stream.allocator = &state.allocator;
  const lzma_ret status = start_stream(state.stream, format, options);
  if (status == LZMA_MEM_ERROR) throw std::bad_alloc();
  if (status != LZMA_OK) throw library_failure("lzma", "it does not start");
  const bool is_fast = options.mode == LZMA_MODE_FAST;
  return std::make_unique<LzmaEncoder>(state, format, units, lookahead, is_fast);
}

// The length of `text`, most of it fed as context at once and some of it byte by byte.
std::optional<double> check_length(LzmaFormat format, const lzma_options_lzma& options,
                                   Lookahead lookahead, ByteView text) {
  Arena arena;
  const auto encoder = start_encoder(arena, format, options, Units::kBits, lookahead);
  std::size_t at = text.size() - 100;
  encoder->feed_context(text.first(at));
  for (; at < text.size() - 40; ++at) encoder->feed_context(text.subspan(at, 1));
  encoder->feed(text.subspan(at));
  return encoder->finish();
}

bool agree(LzmaFormat format, const lzma_options_lzma& options, ByteView text) {
  try {
    return check_length(format, options, Lookahead::kShort, text) ==
           check_length(format, options, Lookahead::kOfLibrary, text);
  } catch (const Error&) {
    return false;  // its streams are not those that we know
  }
}

bool check_short_lookahead() {
  const Bytes text = check_text(2500, 12);
  for (const std::uint32_t preset : {1U, 6U}) {
    lzma_options_lzma options = options_of(preset);
    options.dict_size = std::uint32_t{1} << 16;
    for (const LzmaFormat format : {LzmaFormat::kXz, LzmaFormat::kLzma}) {
      if (!agree(format, options, text)) return false;
    }
  }
  return true;
}

// Whether the liblzma that this program runs with is as lookahead.h has it: found out once per
// process, in some milliseconds.
Lookahead best_lookahead() {
  static const bool is_exact = check_short_lookahead();
  return is_exact ? Lookahead::kShort : Lookahead::kOfLibrary;
}

class LzmaEncoders final : public EncoderFactory {
 public:
  LzmaEncoders(LzmaFormat format, std::uint32_t preset, Units units)
      : format_(format), options_(options_of(preset)), units_(units) {}

  std::size_t variant(std::size_t size) const override { return size < kMinSize ? kNone : 0; }

  std::unique_ptr<Encoder> start(Arena& arena, std::size_t /*variant*/) const override {
    return start_encoder(arena, format_, options_, units_, best_lookahead());
  }

 private:
  // With less a replica is not worth setting up.
  static constexpr std::size_t kMinSize = 100;

  LzmaFormat format_;
  lzma_options_lzma options_;
  Units units_;
};

}  // namespace

std::shared_ptr<const EncoderFactory> lzma_encoders(LzmaFormat format, std::uint32_t preset,
                                                    Units units) {
  return std::make_shared<LzmaEncoders>(format, preset, units);
}

}  // namespace zipdream
