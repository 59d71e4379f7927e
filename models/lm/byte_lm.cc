// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "models/lm/lm_law.h"

namespace zipdream {
namespace {

class ByteLm final : public ByteLaw {
 public:
  explicit ByteLm(TokenStream stream) : stream_(std::move(stream)) {}

  void append(ByteView bytes) override {
    stream_.append(std::vector<Symbol>(bytes.begin(), bytes.end()));
  }

  void log2_probs(const Alphabet& alphabet, std::span<double> out) const override {
    stream_.law_after(stream_.last(), std::vector<Symbol>(alphabet.begin(), alphabet.end()), out);
  }

  void foretell(ByteView bytes, const Alphabet& alphabet, const OnLaw& visit) override {
    const std::vector<Symbol> tokens(alphabet.begin(), alphabet.end());
    std::vector<double> law(tokens.size());
    stream_.append(std::vector<Symbol>(bytes.begin(), bytes.end()), [&](const float* last) {
      stream_.law_after(last, tokens, law);
      visit(law);
    });
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return stream_.model().parameter_count();
  }

  [[nodiscard]] std::unique_ptr<ByteLaw> clone() const override {
    return std::make_unique<ByteLm>(*this);
  }

  [[nodiscard]] std::string describe() const override { return stream_.model().describe(); }

 private:
  TokenStream stream_;
};

}  // namespace

std::unique_ptr<ByteLaw> make_byte_lm(TokenStream stream) {
  return std::make_unique<ByteLm>(std::move(stream));
}

}  // namespace zipdream
