// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/meter.h"

#include <algorithm>
#include <cstring>

#include "codecs/common/coding_loop.h"
#include "codecs/lzma/decoder.h"

namespace zipdream {
namespace {

// How far before the end of the data (but in its second half) the far state is kept: liblzma
// decides about no byte before it has seen 4370 more, so all that ends alike but for short
// candidates is the same up to there. It is kept anew when the data has grown by so much that
// decoding from it takes noticeably longer.
constexpr std::size_t kFarDistance = 5000;
constexpr std::size_t kFarGrowth = 1000;
// With a far state as old as that it is worth decoding from there to get a new one.
constexpr std::size_t kMaxFarDistance = 20'000;

// The near state is kept so many bytes of the file before the streams part, at most; and anew when
// it could be so many bytes later.
constexpr std::size_t kBeforeParting = 16;
constexpr std::size_t kNearGrowth = 32;

constexpr std::size_t kUnplanned = static_cast<std::size_t>(-1);

// The .lzma header: properties, dictionary, size. All presets have lc = 3, lp = 0, pb = 2.
constexpr std::size_t kLzmaHeader = 13;
constexpr Byte kProperties = (2 * 5 + 0) * 9 + 3;

constexpr std::size_t kXzHeader = 12;

// What the encoder flushes in the end: five bytes, of which one is always zero.
constexpr std::size_t kFlushBytes = 4;

Error unknown() { return library_failure("lzma", "it writes streams of a kind unknown to us"); }

Byte byte_at(ByteView file, std::size_t at) {
  if (at >= file.size()) throw unknown();
  return file[at];
}

std::size_t word_at(ByteView file, std::size_t at) {
  return std::size_t{byte_at(file, at)} << 8 | byte_at(file, at + 1);
}

// The LZMA2 chunk that begins at `at`; see "Chunk" in doc/xz-file-format.txt's reference to LZMA2.
// Control byte 0 ends the block, 1 and 2 mean stored data, from 0x80 on LZMA. Sizes are less one.
constexpr std::size_t kMaxChunkHeader = 6;

struct Chunk {
  Byte control;
  std::size_t payload;  // offset
  std::size_t end;      // offset
  std::size_t data_size;

  bool is_lzma() const { return control >= 0x80; }
  bool resets_state() const { return control >= 0xa0; }
  bool has_properties() const { return control >= 0xc0; }
};

Chunk read_chunk(ByteView file, std::size_t at) {
  const Byte control = byte_at(file, at);
  if (control == 0) return {control, at + 1, at + 1, 0};
  if (control < 0x80) {
    const std::size_t size = word_at(file, at + 1) + 1;
    return {control, at + 3, at + 3 + size, size};
  }
  Chunk chunk{.control = control, .payload = at + 5, .end = 0, .data_size = 0};
  chunk.data_size = (std::size_t{control} & 0x1f) << 16 | word_at(file, at + 1);
  ++chunk.data_size;
  if (chunk.has_properties() && byte_at(file, chunk.payload++) != kProperties) throw unknown();
  chunk.end = chunk.payload + word_at(file, at + 3) + 1;
  return chunk;
}

bool is_of_same_kind(const Chunk& a, const Chunk& b) {
  return a.payload == b.payload && (a.control & 0xe0) == (b.control & 0xe0);
}

// Where in [begin, end) the first difference is, or end.
std::size_t first_difference(ByteView a, ByteView b, std::size_t begin, std::size_t end) {
  constexpr std::size_t kBlock = 256;  // memcmp is fast
  while (begin + kBlock <= end && std::memcmp(&a[begin], &b[begin], kBlock) == 0) begin += kBlock;
  while (begin < end && a[begin] == b[begin]) ++begin;
  return begin;
}

}  // namespace

struct LzmaMeter::State {
  LzmaDecoder decoder;
  std::size_t chunk = 0;       // .xz: where the open chunk begins in the file
  std::size_t chunk_data = 0;  // and in the data
  bool is_in_chunk = false;
};

LzmaMeter::LzmaMeter(LzmaFormat format) : format_(format) {}
LzmaMeter::~LzmaMeter() = default;

double LzmaMeter::bits(ByteView file, ByteView data, std::size_t unchanged) {
  const std::size_t common = agreement(file, unchanged);
  drop_unless_common(far_, common, file, data);
  drop_unless_common(near_, common, file, data);
  remember(file, unchanged);
  const State* const start = choose_start(data.size());
  State state = start != nullptr ? *start : State();
  plan_keeping(state, common, data.size());
  return format_ == LzmaFormat::kXz ? xz_bits(state, file, data) : lzma_bits(state, file, data);
}

// The byte of `file` up to which it agrees with the last file, but for the sizes in the header of
// the last chunk. Unknown, and 0, when no state is kept.
std::size_t LzmaMeter::agreement(ByteView file, std::size_t unchanged) const {
  if (!far_ && !near_) return 0;
  const ByteView last(last_file_);
  const std::size_t size = std::min(file.size(), last.size());
  if (format_ == LzmaFormat::kLzma) return first_difference(file, last, unchanged, size);
  std::size_t at = std::min(far_ ? far_->chunk : kUnplanned, near_ ? near_->chunk : kUnplanned);
  const std::size_t before = std::min(at, size);
  const std::size_t same = first_difference(file, last, std::min(unchanged, before), before);
  if (same < at) return same;
  for (;;) {
    if (at + kMaxChunkHeader > size) return at;
    const Chunk now = read_chunk(file, at);
    const Chunk then = read_chunk(last, at);
    if (!is_of_same_kind(now, then)) return at;
    const std::size_t end = std::min({now.end, then.end, size});
    at = first_difference(file, last, std::min(std::max(now.payload, unchanged), end), end);
    const bool is_whole = at == now.end && now.end == then.end;
    if (!is_whole || now.data_size != then.data_size || now.control == 0) return at;
  }
}

void LzmaMeter::drop_unless_common(std::unique_ptr<State>& kept, std::size_t common, ByteView file,
                                   ByteView data) const {
  if (!kept) return;
  const std::size_t position = kept->decoder.position();
  bool is_common = kept->decoder.next() <= common && position <= data.size();
  if (is_common && format_ == LzmaFormat::kXz) {
    is_common = position <= kept->chunk_data + read_chunk(file, kept->chunk).data_size;
  }
  if (!is_common) kept.reset();
}

void LzmaMeter::remember(ByteView file, std::size_t unchanged) {
  last_file_.resize(std::min(unchanged, last_file_.size()));
  last_file_.insert(last_file_.end(), file.begin() + static_cast<std::ptrdiff_t>(last_file_.size()),
                    file.end());
}

const LzmaMeter::State* LzmaMeter::choose_start(std::size_t data_size) const {
  if (!far_ || !near_) return near_ ? near_.get() : far_.get();
  const bool near_is_later = near_->decoder.position() > far_->decoder.position();
  const bool is_too_old = far_->decoder.position() + kMaxFarDistance < data_size;
  return near_is_later && !is_too_old ? near_.get() : far_.get();
}

void LzmaMeter::plan_keeping(const State& start, std::size_t common, std::size_t data_size) {
  far_from_ = data_size - std::min(kFarDistance, data_size / 2);
  if (far_ && far_->decoder.position() + kFarGrowth > far_from_) far_from_ = kUnplanned;
  if (start.decoder.position() > far_from_) far_from_ = kUnplanned;
  near_from_ = common > kBeforeParting ? common - kBeforeParting : kUnplanned;
  near_until_ = common;
  if (near_ && near_->decoder.next() + kNearGrowth > near_from_) near_from_ = kUnplanned;
}

void LzmaMeter::keep(const State& state) {
  if (state.decoder.position() >= far_from_) {
    far_ = std::make_unique<State>(state);
    far_from_ = kUnplanned;
  }
  const std::size_t next = state.decoder.next();
  if (next < near_from_) return;
  if (next <= near_until_) near_ = std::make_unique<State>(state);
  near_from_ = kUnplanned;
}

void LzmaMeter::read_until(State& state, std::size_t position, ByteView file, ByteView data) {
  LzmaDecoder& decoder = state.decoder;
  while (decoder.position() < position) {
    if (decoder.position() >= far_from_ || decoder.next() >= near_from_) keep(state);
    if (!decoder.read_packet(file, data)) throw unknown();
  }
}

double LzmaMeter::lzma_bits(State& state, ByteView file, ByteView data) {
  LzmaDecoder& decoder = state.decoder;
  if (!state.is_in_chunk && byte_at(file, 0) != kProperties) throw unknown();
  if (!state.is_in_chunk) decoder.start_payload(file, kLzmaHeader, file.size());
  decoder.set_end(file.size());
  state.is_in_chunk = true;
  read_until(state, data.size(), file, data);
  if (decoder.read_packet(file, data) || !decoder.saw_end_marker()) throw unknown();
  return 8.0 * kLzmaHeader + bits_of_payload(state, kLzmaHeader, file.size());
}

double LzmaMeter::xz_bits(State& state, ByteView file, ByteView data) {
  std::size_t at = state.chunk;
  if (!state.is_in_chunk) {
    const std::size_t header_words = byte_at(file, kXzHeader);
    if (header_words == 0) return 8.0 * static_cast<double>(file.size());  // no data, no block
    at = kXzHeader + 4 * (header_words + 1);
  }
  double last_payload = 0;
  std::size_t whole_bytes = file.size();
  for (;;) {
    const Chunk chunk = read_chunk(file, at);
    if (chunk.control == 0) break;
    last_payload = payload_bits(state, at, file, data);
    whole_bytes = file.size() - (chunk.is_lzma() ? chunk.end - chunk.payload : 0);
    at = chunk.end;
  }
  if (state.decoder.position() != data.size()) throw unknown();
  const std::size_t padding = (4 - (at + 1) % 4) % 4;
  return 8.0 * static_cast<double>(whole_bytes - padding) + last_payload;
}

// The bits of the payload of the chunk at `at`; 0 if it is stored.
double LzmaMeter::payload_bits(State& state, std::size_t at, ByteView file, ByteView data) {
  const Chunk chunk = read_chunk(file, at);
  LzmaDecoder& decoder = state.decoder;
  const std::size_t data_left = data.size() - decoder.position();
  if (chunk.end > file.size() || (!state.is_in_chunk && chunk.data_size > data_left)) {
    throw unknown();
  }
  if (!chunk.is_lzma()) {
    decoder.skip_data(chunk.data_size);
    return 0;
  }
  if (!state.is_in_chunk) {
    if (chunk.resets_state()) decoder.reset_state();
    decoder.start_payload(file, chunk.payload, chunk.end);
    state.chunk = at;
    state.chunk_data = decoder.position();
    state.is_in_chunk = true;
  }
  decoder.set_end(chunk.end);
  if (chunk.data_size > data.size() - state.chunk_data) throw unknown();
  read_until(state, state.chunk_data + chunk.data_size, file, data);
  state.is_in_chunk = false;
  return bits_of_payload(state, chunk.payload, chunk.end);
}

double LzmaMeter::bits_of_payload(const State& state, std::size_t begin, std::size_t end) {
  if (state.decoder.payload_size() != end - begin) throw unknown();
  return 8.0 * kFlushBytes + state.decoder.payload_bits();
}

}  // namespace zipdream
