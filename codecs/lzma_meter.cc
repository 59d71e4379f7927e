// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma_meter.h"

#include <algorithm>

#include "codecs/coding_loop.h"
#include "codecs/lzma_decoder.h"

namespace zipdream {
namespace {

// liblzma decides about no byte before it has seen 4370 more, so all that ends alike but for short
// candidates is the same up to some way before that. The state is kept there, and kept anew only
// when the streams have grown by so much that decoding from it takes noticeably longer.
constexpr std::size_t kTail = 5000;
constexpr std::size_t kGrowth = 1000;

// The .lzma header: properties, dictionary, size. All presets have lc = 3, lp = 0, pb = 2.
constexpr std::size_t kLzmaHeader = 13;
constexpr Byte kProperties = (2 * 5 + 0) * 9 + 3;

constexpr std::size_t kXzHeader = 12;

// What every payload has besides the bytes that the range coder asks for.
constexpr std::size_t kFlushBytes = 5;

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

}  // namespace

struct LzmaMeter::State {
  LzmaDecoder decoder;
  std::size_t chunk = 0;       // .xz: where the open chunk begins in the file
  std::size_t chunk_data = 0;  // and in the data
  bool is_in_chunk = false;
};

LzmaMeter::LzmaMeter(LzmaFormat format) : format_(format) {}
LzmaMeter::~LzmaMeter() = default;

double LzmaMeter::bits(ByteView file, ByteView data) {
  State state;
  if (kept_ && begins_as_kept(file, data)) state = *kept_;
  keep_from_ = data.size() > kTail ? data.size() - kTail : data.size();
  if (state.decoder.position() + kGrowth > keep_from_) keep_from_ = data.size();
  return format_ == LzmaFormat::kXz ? xz_bits(state, file, data) : lzma_bits(state, file, data);
}

// The sizes in the header of the open chunk may differ.
bool LzmaMeter::begins_as_kept(ByteView file, ByteView data) const {
  const ByteView kept(kept_file_);
  if (file.size() < kept.size() || data.size() < kept_->decoder.position()) return false;
  if (format_ == LzmaFormat::kLzma) return std::ranges::equal(kept, file.first(kept.size()));
  const std::size_t at = kept_->chunk;
  if (!std::ranges::equal(kept.first(at), file.first(at))) return false;
  const Chunk then = read_chunk(kept, at);
  const Chunk now = read_chunk(file, at);
  if (then.payload != now.payload || (then.control & 0xe0) != (now.control & 0xe0)) return false;
  if (now.end < kept.size()) return false;
  if (kept_->chunk_data + now.data_size < kept_->decoder.position()) return false;
  return std::ranges::equal(kept.subspan(now.payload),
                            file.subspan(now.payload, kept.size() - now.payload));
}

void LzmaMeter::read_until(State& state, std::size_t position, ByteView file, ByteView data) {
  LzmaDecoder& decoder = state.decoder;
  while (decoder.position() < position) {
    if (decoder.position() >= keep_from_) {
      kept_ = std::make_unique<State>(state);
      kept_file_.assign(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(decoder.next()));
      keep_from_ = data.size();
    }
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

// Of the chunk at `at`; 0 if it is stored.
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
  const double bits = state.decoder.payload_bits();
  if (static_cast<std::size_t>(bits / 8) + kFlushBytes != end - begin) throw unknown();
  return 8.0 * (kFlushBytes - 1) + bits;
}

}  // namespace zipdream
