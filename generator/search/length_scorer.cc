// SPDX-License-Identifier: Apache-2.0
#include <cassert>
#include <utility>
#include <vector>

#include "generator/search/scorer.h"
#include "zipdream/codec.h"

namespace zipdream {
namespace {

class LengthScorer final : public Scorer {
 public:
  LengthScorer(std::shared_ptr<const Codec> codec, std::unique_ptr<Session> session,
               std::shared_ptr<const Alphabet> alphabet)
      : codec_(std::move(codec)), session_(std::move(session)), alphabet_(std::move(alphabet)) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return alphabet_->size(); }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return {&(*alphabet_)[symbol], 1};
  }

  void append(ByteView bytes) override { session_->append(bytes); }
  void update(Symbol symbol, double /*bits*/) override { session_->append(symbol_bytes(symbol)); }

  void bits_with(std::span<double> out) const override {
    std::vector<ByteView> candidates;
    candidates.reserve(alphabet_->size());
    for (const Byte& byte : *alphabet_) candidates.emplace_back(&byte, 1);
    session_->bits_after(candidates, out);
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    session_->bits_after(candidates, out);
  }

  [[nodiscard]] std::unique_ptr<Scorer> clone() const override {
    return std::make_unique<LengthScorer>(codec_, session_->clone(), alphabet_);
  }

 private:
  std::shared_ptr<const Codec> codec_;
  std::unique_ptr<Session> session_;
  std::shared_ptr<const Alphabet> alphabet_;
};

}  // namespace

std::unique_ptr<Scorer> make_length_scorer(std::shared_ptr<const Codec> codec,
                                           std::unique_ptr<Session> session, Alphabet alphabet) {
  return std::make_unique<LengthScorer>(std::move(codec), std::move(session),
                                        std::make_shared<const Alphabet>(std::move(alphabet)));
}

}  // namespace zipdream
