// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/session.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "codecs/flac/frames.h"

namespace zipdream {
namespace {

constexpr std::size_t kGrain = 4;  // candidates per range, at up to some milliseconds each

// STREAMINFO begins with the least size of a block in samples: of a stream of equal blocks, that of
// all but the last.
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

  double bits() const override { return measure(open_); }

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
  // A full one, which from now on stays what it is.
  void close_block() {
    closed_bits_ += frame_bits(open_, Units::kBytes);
    ++frames_;
    open_.clear();
  }

  // What the frames of one block take as those after frames_. Alone they bear the number 0.
  [[nodiscard]] double frame_bits(ByteView block, Units units) const {
    const Bytes stream = codec_.compress(block);
    const flac::StreamEnd end = flac::read_end(stream);
    assert(end.frames == 1);
    return flac_bits(stream, units) - 8.0 * static_cast<double>(end.metadata_bytes) +
           8.0 * static_cast<double>(number_bytes(frames_) - 1);
  }

  [[nodiscard]] double measure(ByteView open) const {
    const Bytes stream = codec_.compress(open);
    if (frames_ == 0) return flac_bits(stream, units_);
    // The metadata of the whole are those of its last block: they have the same size.
    const double metadata = 8.0 * static_cast<double>(flac::read_end(stream).metadata_bytes);
    return closed_bits_ + metadata + frame_bits(open, units_);
  }

  const Codec& codec_;
  Units units_;
  std::size_t block_bytes_ = 0;
  double closed_bits_ = 0;    // of the frames that are done
  std::uint64_t frames_ = 0;  // as many
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
