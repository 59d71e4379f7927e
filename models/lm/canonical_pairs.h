// SPDX-License-Identifier: Apache-2.0
// Which tokens may stand side by side: those that the tokenizer itself makes of their bytes. Of the
// many ways to cut a text into tokens nearly all have a pair that no tokenizer would make, and a
// language model gives them next to nothing (Hayase et al. 2025, arXiv 2506.14123).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "models/lm/sorted_vocabulary.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Threads: may be asked by many.
class CanonicalPairs {
 public:
  explicit CanonicalPairs(std::shared_ptr<const SortedVocabulary> vocabulary);

  // Whether the bytes of both tokens together are cut into just these two.
  [[nodiscard]] bool stand_together(Symbol first, Symbol second) const;

  // Whether tokens may follow `first` that begin with `bytes`. Where very many would have to be
  // tried the answer is yes.
  [[nodiscard]] bool may_go_on(Symbol first, ByteView bytes) const;

 private:
  [[nodiscard]] bool is_canonical(Symbol first, Symbol second) const;
  [[nodiscard]] bool begins_with(ByteView text, Symbol first, Symbol second) const;

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::uint64_t, bool> known_;  // by first and second
};

}  // namespace zipdream
