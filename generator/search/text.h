// SPDX-License-Identifier: Apache-2.0
// What a search has before it: the scorer after the corpus and the end of prompt and output, and
// what may not be copied.
#pragma once

#include <memory>
#include <optional>

#include "generator/copy_limit.h"
#include "generator/decorators.h"
#include "generator/search/scorer.h"

namespace zipdream {

// What all sequences begin with.
struct SearchStart {
  std::shared_ptr<const Scorer> scorer;  // has seen the corpus
  std::size_t context_window = 0;        // last bytes of prompt and output that it sees; 0: all
  std::optional<CopyLimit> copy_limit;   // has seen the corpus
};

// One sequence's. One thread.
class SearchText {
 public:
  SearchText(const SearchStart& start, ByteView prompt)
      : start_(start),
        scorer_(start.scorer->clone()),
        window_(start.context_window),
        limit_(start.copy_limit) {
    append(prompt);
  }

  void append(ByteView bytes) {
    if (limit_) limit_->append(bytes);
    if (!window_.append(bytes)) return scorer_->append(bytes);
    scorer_ = start_.scorer->clone();
    scorer_->append(window_.bytes());
  }

  [[nodiscard]] const Scorer& scorer() const { return *scorer_; }
  [[nodiscard]] const std::optional<CopyLimit>& copy_limit() const { return limit_; }

 private:
  const SearchStart& start_;
  std::unique_ptr<Scorer> scorer_;
  LastBytes window_;
  std::optional<CopyLimit> limit_;
};

}  // namespace zipdream
