// SPDX-License-Identifier: Apache-2.0
// How a text goes on after a string: its suffixes in order, so that all places where a string
// stands lie together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/common/alphabet.h"
#include "generator/method.h"
#include "generator/search/scorer.h"
#include "zipdream/bytes.h"
#include "zipdream/generate.h"

namespace zipdream {

// Immutable; many threads may call at once.
class CorpusIndex {
 public:
  // For strings of up to `key` bytes and what follows them, up to `span` bytes of the alphabet.
  // Takes 4 bytes of memory for each of the text, and a second for some two million. REQUIRES: key
  // >= 1, span >= 1, text.size() < 2^32.
  CorpusIndex(Bytes text, std::size_t key, std::size_t span, const Alphabet& alphabet);

  // What follows `context` in the text, `length` bytes each: after its longest suffix first, then
  // after ever shorter ones, down to the empty one if nothing was found, until there are `most`.
  // Those after one suffix come by frequency, equally frequent ones by their first place;
  // frequencies are counted at some 4096 places if there are more. None comes twice. Views of the
  // text. REQUIRES: 1 <= length <= span.
  [[nodiscard]] std::vector<ByteView> continuations(ByteView context, std::size_t length,
                                                    std::size_t most) const;

 private:
  using Places = std::span<const std::uint32_t>;

  [[nodiscard]] ByteView at(std::size_t place, std::size_t most) const;
  [[nodiscard]] Places find(ByteView string) const;
  [[nodiscard]] std::vector<ByteView> by_frequency(Places places, std::size_t skip,
                                                   std::size_t length) const;
  void sort();

  Bytes text_;
  std::size_t key_;
  std::size_t depth_;                    // how many bytes of the suffixes are in order
  std::vector<std::uint32_t> suffixes_;  // their places
  std::vector<bool> allowed_;            // for each byte whether it may follow
};

// Spans: the corpus proposes how to go on, the model disposes. What followed the end of the text
// where it stands in the corpus is taken over a span at a time, or a single byte is that leaves it.
//
// Candidates, all of them `span` bytes long, so that their bits compare as they are:
//   - what follows the longest suffix of the text in the corpus, then what follows ever shorter
//     ones, until there are enough;
//   - each byte that none of these begins with, and after it, for the comparison alone, what the
//     corpus has most often after the text and that byte. Of such a candidate only the byte is
//     taken.
// One of them is chosen with probability 2^(-bits / temperature). Codecs whose lengths tell little
// about a single byte can tell spans apart; and since each candidate is measured a span ahead,
// leaving costs what it leads to.

struct SpanOptions {
  std::size_t span = 8;    // bytes; REQUIRES: at least 1
  std::size_t key = 8;     // the longest suffix that is looked for, in bytes; REQUIRES: at least 1
  SamplerOptions sampler;  // of 2^-bits
};

// Spans come from `corpus`, or where that is empty from the sequence's prompt. Its
// continue_sequence() throws a usage Error when the limit on copies leaves no candidate. REQUIRES:
// the source of spans has key + span bytes; check_sampler(options.sampler) passes; copies may be as
// long as a span.
[[nodiscard]] std::unique_ptr<Method> make_span_search(SearchStart start, Bytes corpus,
                                                       const SpanOptions& options);

}  // namespace zipdream
