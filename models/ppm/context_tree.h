// SPDX-License-Identifier: Apache-2.0
// What followed what: for each string of up to max_order bytes that came up in a text (a context),
// the bytes that followed it and how often. The longest context that ends the text and all its
// suffixes form a chain, from order 0 (nothing) upwards; that is what a prediction looks at.
//
// The tree is Shkarin's (PPMd), built in time proportional to the text:
//  - A context knows its suffix, the context shorter by its first byte, and each of its bytes the
//    context that the byte leads to, so that the chain moves on without a search.
//  - Most strings occur once. Instead of a context of its own, a byte seen once leads to a place in
//    the text, where the rest of the only continuation stands; the context is made when the byte
//    comes up the second time.
//  - A byte is counted where the chain knows it already, in the longest such context; the shorter
//    ones are spared, but for a part of the count in the next one. In the longer ones it is new.
//    A short context so counts in how many longer ones a byte came up, which predicts better where
//    longer ones fail (as in Kneser-Ney smoothing).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Counts are fixed-point numbers: one occurrence is kOccurrence.
class ContextTree {
 public:
  static constexpr int kMaxOrder = 16;
  static constexpr std::uint32_t kOccurrence = 16;

  // A byte that followed a context.
  class Follower {
   public:
    Follower() = default;
    Follower(Byte byte, std::uint32_t count, std::uint32_t child)
        : byte_and_count_(count << 8 | byte), child_(child) {}

    [[nodiscard]] Byte byte() const { return static_cast<Byte>(byte_and_count_); }
    [[nodiscard]] std::uint32_t count() const { return byte_and_count_ >> 8; }
    void set_count(std::uint32_t count) { byte_and_count_ = count << 8 | byte(); }

   private:
    friend class ContextTree;
    std::uint32_t byte_and_count_;
    std::uint32_t child_;
  };

  // A context's followers, the frequent ones first by and large, each with a count of at least
  // kOccurrence, and the sum of their counts. Valid until the next append().
  struct View {
    std::span<const Follower> followers;
    std::uint32_t total;
  };

  // Where a byte stands among the followers of each context of the chain; kNowhere if it is none of
  // them.
  static constexpr std::uint16_t kNowhere = 0xffff;
  using Places = std::array<std::uint16_t, kMaxOrder + 1>;  // (order)

  // REQUIRES: 1 <= max_order <= kMaxOrder.
  explicit ContextTree(int max_order);

  // Contexts in the chain: the orders 0 to chain_size() - 1.
  [[nodiscard]] int chain_size() const { return chain_size_; }

  // REQUIRES: order < chain_size(). Only order 0 can be without followers, in an empty tree.
  [[nodiscard]] View context(int order) const { return view(contexts_[chain_[order]]); }

  [[nodiscard]] Places places(Byte byte) const;

  // Appends a byte to the text. REQUIRES: places are those of this byte.
  void append(Byte byte, const Places& places);

  // Bytes of memory that the tree takes, copies aside.
  [[nodiscard]] std::size_t memory() const;

  [[nodiscard]] std::size_t text_size() const { return text_size_; }
  // REQUIRES: at < text_size().
  [[nodiscard]] Byte text(std::size_t at) const { return text_[at]; }
  // Calls visit(at) for each place in the text that holds the byte, the last first.
  template <typename Visit>
  void find_byte(Byte byte, Visit visit) const {
    constexpr std::size_t kPage = PagedArray<Byte>::kPageItems;
    for (std::size_t end = text_size_; end > 0;) {
      const std::size_t begin = (end - 1) / kPage * kPage;
      const std::span<const Byte> page = text_.items(begin, end - begin);
      for (std::size_t i = page.size(); i-- > 0;) {
        if (page[i] == byte) visit(begin + i);
      }
      end = begin;
    }
  }

  // The last `count` bytes of the text, or all of it if it has less.
  [[nodiscard]] Bytes recent_text(std::size_t count) const;

 private:
  struct Block {
    std::uint32_t total;
    std::uint32_t first;  // of the block in followers_
  };
  // Followers in a block, or the only one there is.
  struct Context {
    std::uint32_t suffix;
    std::uint16_t size;
    std::uint16_t block_class;
    union {
      Follower only;  // size == 1
      Block block;
    };
  };

  [[nodiscard]] View view(const Context& context) const {
    if (context.size == 1) return {{&context.only, 1}, context.only.count()};
    if (context.size == 0) return {{}, 0};
    return {followers_.items(context.block.first, context.size), context.block.total};
  }
  [[nodiscard]] std::span<Follower> edit_followers(Context& context);
  [[nodiscard]] static std::uint16_t place_of(Byte byte, std::span<const Follower> followers);

  void count(std::uint32_t context, std::uint16_t place, std::uint32_t amount);
  void add_follower(std::uint32_t context, Byte byte);
  [[nodiscard]] std::uint32_t child_of(std::uint32_t context, std::uint16_t place);
  [[nodiscard]] std::uint32_t add_context(std::uint32_t suffix, const Follower& only);
  void advance(int known_order, const Places& places);

  [[nodiscard]] std::uint32_t take_block(std::uint16_t block_class);
  void grow_block(Context& context);

  int max_order_;
  int chain_size_ = 1;
  std::array<std::uint32_t, kMaxOrder + 1> chain_{};  // (order) the contexts that end the text

  PagedArray<Byte> text_;
  std::size_t text_size_ = 0;
  PagedArray<Context> contexts_;  // the first one is that of order 0
  std::size_t contexts_size_ = 1;
  PagedArray<Follower> followers_;  // in blocks, none of which spans two pages
  std::size_t followers_size_ = 0;

  static constexpr std::size_t kBlockClasses = 15;
  std::array<std::uint32_t, kBlockClasses> free_blocks_;  // heads of lists through child_
};

}  // namespace zipdream
