// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/lookahead.h"

#include <lzma.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace zipdream {
namespace {

// As LZMA_VERSION is written: major, three digits of minor, three of patch, stability.
constexpr std::uint32_t kMinVersion = 50000002;
constexpr std::uint32_t kMaxVersion = 50089992;

// The start of lzma_mf.
struct MatchFinder {
  const Byte* buffer;
  std::uint32_t size;  // of the buffer
  std::uint32_t keep_size_before;
  std::uint32_t keep_size_after;
  std::uint32_t offset;
  std::uint32_t read_pos;
  std::uint32_t read_ahead;
  std::uint32_t read_limit;
  std::uint32_t write_pos;
  std::uint32_t pending;
};

constexpr std::uint32_t kKeepSizeAfter = 4097 + 273;
constexpr std::size_t kMaxExtra = 64;    // the buffer is longer than its size by this at most
constexpr std::size_t kMaxOwner = 4096;  // the struct that the match finder is part of is smaller

constexpr std::size_t kWord = sizeof(std::uint64_t);

MatchFinder read(const Byte* head) {
  MatchFinder finder;
  std::memcpy(&finder, head, sizeof finder);
  return finder;
}

std::uint64_t word_at(const Byte* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, kWord);
  return word;
}

bool is_consistent(const MatchFinder& finder, ByteView buffer, std::uint64_t total,
                   ByteView recent) {
  const std::uint32_t limit =
      finder.write_pos > kKeepSizeAfter ? finder.write_pos - kKeepSizeAfter : 0;
  return finder.size <= buffer.size() && buffer.size() - finder.size <= kMaxExtra &&
         finder.keep_size_after == kKeepSizeAfter && finder.keep_size_before < finder.size &&
         finder.offset != 0 && finder.write_pos == total && finder.write_pos <= finder.size &&
         finder.read_limit == limit && finder.read_pos >= limit &&
         finder.read_pos <= finder.write_pos && finder.read_ahead <= finder.read_pos &&
         finder.pending == 0 &&
         std::equal(recent.begin(), recent.end(),
                    buffer.begin() + static_cast<std::ptrdiff_t>(finder.write_pos - recent.size()));
}

// How many bytes before `a` and before `b` agree, but for one; at most `limit`.
std::size_t common_suffix_but_one(const Byte* a, const Byte* b, std::size_t limit) {
  bool has_differed = false;
  for (std::size_t length = 0; length < limit; ++length) {
    if (*(a - length - 1) == *(b - length - 1)) continue;
    if (has_differed) return length;
    has_differed = true;
  }
  return limit;
}

}  // namespace

std::optional<LzmaWindow> LzmaWindow::find(const LzmaBlocks& blocks, std::uint64_t total,
                                           ByteView recent) {
  const std::uint32_t version = lzma_version_number();
  if (version < kMinVersion || version > kMaxVersion) return std::nullopt;
  assert(recent.size() <= total);
  const Byte* found = nullptr;
  for (const ByteView owner : blocks.view()) {
    if (owner.size() > kMaxOwner) continue;
    for (std::size_t at = 0; at + sizeof(MatchFinder) <= owner.size(); at += alignof(MatchFinder)) {
      const MatchFinder finder = read(&owner[at]);
      for (const ByteView buffer : blocks.view()) {
        if (buffer.data() != finder.buffer) continue;
        if (!is_consistent(finder, buffer, total, recent)) continue;
        if (found != nullptr) return std::nullopt;
        found = &owner[at];
      }
    }
  }
  if (found == nullptr) return std::nullopt;
  return LzmaWindow(const_cast<Byte*>(found));
}

ByteView LzmaWindow::data() const {
  const MatchFinder finder = read(head_);
  return {finder.buffer, finder.write_pos};
}

std::size_t LzmaWindow::position() const { return read(head_).read_pos; }

void LzmaWindow::set_limit(std::size_t limit) {
  assert(limit <= data().size());
  const auto value = static_cast<std::uint32_t>(limit);
  std::memcpy(head_ + offsetof(MatchFinder, read_limit), &value, sizeof value);
}

// One that is longer than the longest yet must agree in its first or its second eight bytes, which
// sorts out nearly all.
std::size_t reach_of_past(ByteView data, std::size_t limit) {
  std::size_t longest = 2 * kWord - 1;
  assert(limit > longest);
  if (data.size() <= longest + 1) return longest + 1;
  const Byte* const end = data.data() + data.size();
  const Byte* begin = end - longest - 1;  // of a longer one
  for (std::size_t shift = 1; shift + longest < data.size(); ++shift) {
    if (word_at(begin - shift) != word_at(begin) &&
        word_at(begin - shift + kWord) != word_at(begin + kWord)) {
      continue;
    }
    const std::size_t max_length = std::min(limit, data.size() - shift);
    const std::size_t length = common_suffix_but_one(end, end - shift, max_length);
    if (length <= longest) continue;
    if (length == limit) return limit;
    longest = length;
    begin = end - longest - 1;
  }
  return std::max(longest, 2 * kWord);
}

}  // namespace zipdream
