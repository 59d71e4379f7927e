// SPDX-License-Identifier: Apache-2.0
// The text that matches are found in, and its hash chains: each position is linked to the one
// before it whose three bytes have the same hash.
//
// In levels 4 to 9 every position enters its chain, in order, so the links follow from the text
// alone and are made as the text comes. In levels 1 to 3 the inside of long matches stays out;
// there the parser says which positions enter.
//
// Made for cheap copies: what the parser is done with is the base, shared between copies and not
// written while it is; what it may still come back to, and some more, is the tail, at most 2048
// bytes that every copy has for itself.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "codecs/deflate/symbols.h"

namespace zipdream::deflate {

inline constexpr Position kMaxDistance = 32506;  // the farthest match that zlib looks for
inline constexpr int kMaxAppended = 512;         // bytes at once

class Window {
 public:
  explicit Window(bool links_follow_text);
  Window(const Window& other);  // ~0.1 us and more for a long tail
  Window& operator=(const Window&) = delete;
  ~Window() = default;

  // `done` is where the parser stands, which never decreases and is at most 600 bytes behind the
  // end. REQUIRES: bytes.size() <= kMaxAppended.
  void append(ByteView bytes, Position done);

  // Moves what is done to the base if that pays: while copies share the base, writing there means
  // copying 300 KB, so then the tail may become longer first. Not for copies that are soon gone.
  void tidy(Position done);

  [[nodiscard]] Position end() const { return tail_begin_ + tail_size_; }
  [[nodiscard]] Byte at(Position at) const { return *bytes(at); }

  // The position before `at` in its chain is at - link(at); 0 ends the chain.
  [[nodiscard]] std::uint16_t link(Position at) const {
    return at < tail_begin_ ? base_->links[at - base_->begin] : links_[at - tail_begin_];
  }

  // Puts `at` into its chain. REQUIRES: the links don't follow the text; at is not done, and three
  // bytes are there.
  void insert(Position at);

  // Takes back insert(at), the latest.
  void remove_last(Position at) {
    if (linked_ == at - tail_begin_ + 1) --linked_;
  }

  // The latest position in the chain of the last two bytes and `next`, or -1.
  [[nodiscard]] Position latest(Byte next) const;

  // How many bytes at `a` and `b` are equal, at most `max_count`. REQUIRES: a < b, b + max_count <=
  // end().
  [[nodiscard]] int common(Position a, Position b, int max_count) const;

 private:
  struct Base {
    Position begin = 0;
    Bytes text;
    std::vector<std::uint16_t> links;
    std::vector<std::int32_t> heads;  // from begin; -1 for none
  };
  static constexpr int kTailSize = 2048;

  [[nodiscard]] const Byte* bytes(Position at) const {
    return at < tail_begin_ ? base_->text.data() + (at - base_->begin)
                            : text_.data() + (at - tail_begin_);
  }
  [[nodiscard]] Position latest_of(std::uint16_t hash, int before) const;
  void set_link(int at);
  void fold(Position done);
  [[nodiscard]] Base& base_to_write();

  bool links_follow_text_;
  mutable std::atomic<bool> shared_ = false;  // whether base_ may be another copy's too
  std::shared_ptr<Base> base_;
  Position tail_begin_ = 0;
  int tail_size_ = 0;
  int linked_ = 0;  // how many positions of the tail have their hashes and links
  std::array<Byte, kTailSize> text_;
  std::array<std::uint16_t, kTailSize> hashes_;  // kNotInChain for what did not enter
  std::array<std::uint16_t, kTailSize> links_;
};

}  // namespace zipdream::deflate
