// SPDX-License-Identifier: Apache-2.0
// zlib's DEFLATE encoder (window 32 KB, memLevel 8, default strategy) as a measuring instrument:
// what it writes is counted and dropped, and it can be copied in mid-stream. It measures raw
// DEFLATE; the headers and trailers of gzip and zlib are constants that the caller adds.
//
// Its answers are those of compressing everything that was fed in one call. Two things in zlib
// stand against that.
//
// Where the window slides
//
// zlib refills its 64 KB window when fewer than 262 bytes lie ahead, and slides it by 32 KB if it
// then stands 65274 bytes or more behind the window's start. Given all its input at once it has 262
// bytes ahead at 65274 and so slides at 65275 or later. Given input that happens to end at 65535 it
// comes to 65274 with 261 bytes ahead and slides there; position 32768 then becomes position 0, the
// null link of the hash chains, and a match is missed. So input is held back, at most 258 bytes of
// it, whenever it would end in that stretch of a window.
//
// Where a block is full
//
// A block ends after 16383 symbols. If the input ends there too, deflate(Z_FINISH) still appends an
// empty last block of 10 bits, while deflate(Z_BLOCK), the only way to learn a length in bits, does
// not, and nothing in zlib's interface tells the two apart. finish_bits() then asks a copy for the
// length in bytes. That doubles the cost, so it is done only where block_may_fill().
#pragma once

#include <cstdint>
#include <memory>

#include "zipdream/bytes.h"

struct z_stream_s;  // zlib's z_stream; zlib.h stays in deflater.cc

namespace zipdream {

class Deflater {
 public:
  // REQUIRES: 1 <= level <= 9. Throws std::bad_alloc when there is no memory.
  explicit Deflater(int level);
  // ~7 us: it copies 268 KB. Throws std::bad_alloc when there is no memory.
  Deflater(const Deflater& other);
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater();

  void feed(ByteView bytes);

  // Whether the open block could become full within `count` more bytes. May say yes where it
  // couldn't.
  [[nodiscard]] bool block_may_fill(std::size_t count) const;

  // The length of the complete stream if it ended here, up to the last bit of its last block.
  // `check_full_block` may be false if block_may_fill(n) was, n bytes or fewer ago.
  // REQUIRES: nothing is called on *this afterwards.
  [[nodiscard]] std::uint64_t finish_bits(bool check_full_block);

  // The length of the complete stream in whole bytes if it ended here. REQUIRES: nothing is called
  // on *this afterwards.
  [[nodiscard]] std::uint64_t finish_bytes();

 private:
  void run(ByteView bytes, int flush);
  [[nodiscard]] std::uint64_t written_bits() const;

  int level_;
  std::unique_ptr<z_stream_s> stream_;
  std::uint64_t deflated_ = 0;  // how many bytes zlib has
  Bytes held_;                  // what it does not have yet
};

}  // namespace zipdream
