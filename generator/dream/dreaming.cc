// SPDX-License-Identifier: Apache-2.0
#include "generator/dream/dreaming.h"

#include <algorithm>
#include <utility>

namespace zipdream {
namespace {

class Dreaming final : public Method {
 public:
  Dreaming(std::unique_ptr<const Dreamer> dreamer, Bytes corpus, std::size_t tail)
      : dreamer_(std::move(dreamer)), corpus_(std::move(corpus)), tail_(tail) {}

  void continue_strand(const Strand& strand, Rng rng, Continuation& out) const override {
    ByteView prompt = strand.prompt;
    if (tail_ > 0) prompt = prompt.last(std::min(tail_, prompt.size()));
    Bytes context = corpus_;
    context.insert(context.end(), prompt.begin(), prompt.end());
    out.append(dreamer_->dream(context, strand.count, rng));
  }

 private:
  std::unique_ptr<const Dreamer> dreamer_;
  Bytes corpus_;
  std::size_t tail_;
};

}  // namespace

std::unique_ptr<Method> make_dreaming(std::unique_ptr<const Dreamer> dreamer, Bytes corpus,
                                      std::size_t tail) {
  return std::make_unique<Dreaming>(std::move(dreamer), std::move(corpus), tail);
}

}  // namespace zipdream
