// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/session.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/flac/frames.h"

namespace zipdream {
namespace {

constexpr std::size_t kGrain = 4;  // candidates per range, at up to some milliseconds each

// STREAMINFO begins with the least size of a block in samples: in a stream of equal blocks, the
// size of all but the last.
constexpr std::size_t kBlockSizeAt = 8;

// The bytes of a frame's number, as in UTF-8 (RFC 9639, section 9.1.5).
std::size_t number_bytes(std::uint64_t number) {
  if (number < 0x80) return 1;
  std::size_t bytes = 2;
  while (number >> (5 * bytes + 1) != 0) ++bytes;
  return bytes;
}

class FlacSession final : public Session {
 public:
  FlacSession(const Codec& codec, std::size_t frame_bytes, Units units)
      : codec_(codec), units_(units) {
    const Bytes nothing = codec.compress({});
    const std::size_t samples = nothing[kBlockSizeAt] << 8U | nothing[kBlockSizeAt + 1];
    block_bytes_ = samples * frame_bytes;
  }

  void append(ByteView bytes) override {
    while (!bytes.empty()) {
      if (open_.size() == block_bytes_) close_block();
      const ByteView part = bytes.first(std::min(bytes.size(), block_bytes_ - open_.size()));
      open_.insert(open_.end(), part.begin(), part.end());
      bytes = bytes.subspan(part.size());
    }
  }

  double bits() const override { return measure_open_block(); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        check_interrupt();
        FlacSession copy(*this);
        copy.append(candidates[i]);
        out[i] = copy.bits();
      }
    });
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<FlacSession>(*this); }

  std::string describe() const override {
    return "by coding the last block again for each candidate";
  }

 private:
  // A full block, which from now on stays what it is.
  void close_block() {
    const Bytes stream = codec_.compress(open_);
    const flac::StreamEnd end = flac::read_end(stream);
    assert(end.frames == 1);
    closed_bits_ += flac_bits(stream, Units::kBytes) -
                    8.0 * static_cast<double>(end.metadata_bytes) + more_number_bits();
    ++frames_;
    open_.clear();
  }

  // Alone the open block's frame has the number 0; this is what its number takes more after frames_
  // others.
  [[nodiscard]] double more_number_bits() const {
    return 8.0 * static_cast<double>(number_bytes(frames_) - 1);
  }

  // The metadata of the whole stream have the size of those of its last block alone.
  [[nodiscard]] double measure_open_block() const {
    return closed_bits_ + flac_bits(codec_.compress(open_), units_) + more_number_bits();
  }

  const Codec& codec_;
  Units units_;
  std::size_t block_bytes_ = 0;
  double closed_bits_ = 0;    // of their frames
  std::uint64_t frames_ = 0;  // that are done
  Bytes open_;                // what comes after them; empty at the beginning alone
};

}  // namespace

std::unique_ptr<Session> start_flac_session(const Codec& codec, std::size_t frame_bytes,
                                            Units units) {
  return std::make_unique<FlacSession>(codec, frame_bytes, units);
}

double flac_bits(ByteView stream, Units units) {
  const double bits = 8.0 * static_cast<double>(stream.size());
  return units == Units::kBytes ? bits : bits - flac::read_end(stream).padding;
}

}  // namespace zipdream
