// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/deflater.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include "codecs/common/coding_loop.h"
#include "codecs/common/recycled_memory.h"

namespace zipdream {
namespace {

constexpr int kRawDeflate = -15;  // "windowBits" of 15 without a header or trailer
constexpr int kMemLevel = 8;
constexpr std::uint64_t kBlockSymbols = 16383;  // of a block at kMemLevel
constexpr std::uint64_t kEmptyBlockBits = 10;   // 3 of the block's header, 7 of its end
constexpr std::size_t kLongestMatch = 258;
constexpr std::size_t kMaxFeed = std::size_t{1} << 20;  // bytes copied to held_ at once
// What zlib leaves unprocessed without a flush.
constexpr std::size_t kLookahead = kLongestMatch + 4;

// Input must not end between these offsets of a window; see deflater.h. 65274 + 4 is the least end
// from which zlib can come to stand on 65274 with too little ahead (by a match that leaves 4
// bytes).
constexpr std::uint64_t kWindow = 32768;
constexpr std::uint64_t kUnsafeEndsBegin = 65274 + 4 - kWindow;

void* allocate(void* /*opaque*/, uInt items, uInt size) {
  return allocate_recycled(std::size_t{items} * size);
}

void release(void* /*opaque*/, void* block) { free_recycled(block); }

void check(int status) {
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  if (status != Z_OK) throw library_failure("gzip", zError(status));
}

}  // namespace

Deflater::Deflater(int level) : level_(level), stream_(std::make_unique<z_stream>()) {
  assert(1 <= level && level <= 9);
  stream_->zalloc = allocate;
  stream_->zfree = release;
  check(deflateInit2(stream_.get(), level, Z_DEFLATED, kRawDeflate, kMemLevel, Z_DEFAULT_STRATEGY));
}

Deflater::Deflater(const Deflater& other)
    : level_(other.level_),
      stream_(std::make_unique<z_stream>()),
      deflated_(other.deflated_),
      held_(other.held_) {
  check(deflateCopy(stream_.get(), other.stream_.get()));
}

Deflater::~Deflater() { deflateEnd(stream_.get()); }

void Deflater::feed(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kMaxFeed));
    bytes = bytes.subspan(piece.size());
    held_.insert(held_.end(), piece.begin(), piece.end());
    const std::uint64_t offset = (deflated_ + held_.size()) % kWindow;
    const std::uint64_t unsafe = offset < kUnsafeEndsBegin ? 0 : offset - kUnsafeEndsBegin + 1;
    if (held_.size() <= unsafe) continue;
    const std::size_t count = held_.size() - static_cast<std::size_t>(unsafe);
    run(ByteView(held_).first(count), Z_NO_FLUSH);
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

bool Deflater::block_may_fill(std::size_t count) const {
  if (deflated_ + held_.size() + count < kBlockSymbols) return false;
  // Levels 1 to 3 can't be kept from finding matches, so there the question stays open.
  if (level_ < 4) return true;
  // With max_lazy = 0 zlib stops looking for matches and makes each byte a symbol, the most that
  // any input can make; only a match already found may still swallow bytes.
  Deflater probe(*this);
  check(deflateTune(probe.stream_.get(), 0, 0, 0, 0));
  probe.held_.resize(probe.held_.size() + count + kLongestMatch + kLookahead);
  const std::uint64_t before = probe.written_bits();
  probe.run(probe.held_, Z_NO_FLUSH);
  return probe.written_bits() != before;
}

std::uint64_t Deflater::finish_bits(bool check_full_block) {
  if (deflated_ + held_.size() == 0) return kEmptyBlockBits;
  std::uint64_t bytes = 0;
  if (check_full_block) bytes = Deflater(*this).finish_bytes();
  run(held_, Z_BLOCK);
  const std::uint64_t bits = written_bits();
  return (bits + 7) / 8 < bytes ? bits + kEmptyBlockBits : bits;
}

std::uint64_t Deflater::finish_bytes() {
  run(held_, Z_FINISH);
  return stream_->total_out;
}

// Lets zlib compress `bytes` and drops what comes out.
void Deflater::run(ByteView bytes, int flush) {
  std::array<Byte, 16384> dropped;
  deflated_ += bytes.size();
  stream_->next_in = const_cast<Byte*>(bytes.data());  // zlib doesn't write there
  stream_->avail_in = static_cast<uInt>(bytes.size());
  do {
    stream_->next_out = dropped.data();
    stream_->avail_out = dropped.size();
    const int status = deflate(stream_.get(), flush);
    // Z_BUF_ERROR: there is nothing to do, because the output had ended just where `dropped` did.
    if (status != Z_STREAM_END && status != Z_BUF_ERROR) check(status);
  } while (stream_->avail_out == 0);
}

std::uint64_t Deflater::written_bits() const {
  unsigned bytes = 0;
  int bits = 0;
  check(deflatePending(stream_.get(), &bytes, &bits));
  return 8 * (std::uint64_t{stream_->total_out} + bytes) + static_cast<std::uint64_t>(bits);
}

}  // namespace zipdream
