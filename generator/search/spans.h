// SPDX-License-Identifier: Apache-2.0
// Spans: the corpus proposes how to go on, the law disposes. What followed the end of the text
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
#pragma once

#include <cstddef>
#include <memory>

#include "generator/method.h"
#include "generator/search/text.h"
#include "zipdream/generate.h"

namespace zipdream {

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
