// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/portable_math.h"
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
    const float* const last = stream_.last();
    if (last == nullptr) {
      std::ranges::fill(out, -portable_log2(static_cast<double>(out.size())));
    } else {
      const std::vector<Symbol> symbols(alphabet.begin(), alphabet.end());
      stream_.model().log2_probs_of(last, symbols, out);
    }
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
