// SPDX-License-Identifier: Apache-2.0
// The ways to learn a length that benchmarks compare, each as a session, and the texts and
// questions that they put to them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codecs/common/alphabet.h"
#include "zipdream/codec.h"

namespace zipdream {

enum class Way {
  kCompress,  // context and candidate are compressed together, all over again
  kCopy,      // zlib's encoder is copied for each candidate; gzip, zlib and deflate only
  kSession,   // what Codec::start() gives
};

// A codec that can be asked in every way. REQUIRES: it outlives its sessions.
class Subject {
 public:
  // Throws a usage Error for a spec that names no codec.
  explicit Subject(const std::string& spec);

  [[nodiscard]] bool has(Way way) const { return way != Way::kCopy || level_ != 0; }
  // kCompress measures in whole bytes whatever the units. REQUIRES: has(way).
  [[nodiscard]] std::unique_ptr<Session> start(Way way, Units units) const;

 private:
  std::unique_ptr<Codec> codec_;
  std::unique_ptr<Codec> plain_;  // the same without its session
  int level_ = 0;                 // of DEFLATE; 0 for other codecs
};

// Words of random letters, the frequent ones short.
[[nodiscard]] Bytes made_up_text(std::size_t size);

// The bytes that occur in `text`, ascending.
[[nodiscard]] Bytes bytes_of(ByteView text);

// Each byte of `alphabet` as a candidate. The views lead into `alphabet`.
[[nodiscard]] std::vector<ByteView> single_bytes(const Bytes& alphabet);

inline constexpr std::size_t kBeams = 32;
inline constexpr std::size_t kHorizon = 24;

// A beam search from a clone of `primed`: in each of kHorizon steps every beam asks for all
// `symbols`, and the kBeams shortest of all go on. Stops when `enough()` says so after a beam has
// asked. Returns how many lengths it asked for.
std::size_t search_beams(const Session& primed, std::span<const ByteView> symbols,
                         const std::function<bool()>& enough);

}  // namespace zipdream
