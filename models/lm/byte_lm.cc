// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "codecs/common/predictors.h"
#include "models/lm/lm_predictor.h"

namespace zipdream {
namespace {

class ByteLm final : public BytePredictor {
 public:
  explicit ByteLm(TokenStream stream) : stream_(std::move(stream)) {}

  void observe(ByteView bytes) override {
    stream_.append(std::vector<Symbol>(bytes.begin(), bytes.end()));
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    stream_.log2_probs_after(stream_.last(), among, out);
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    if (!visit) return stream_.append(symbols);
    const std::span<const Symbol> asked = among.empty() ? all_bytes() : among;
    std::vector<double> before(asked.size());
    stream_.append(symbols, [&](const float* last) {
      stream_.log2_probs_after(last, asked, before);
      visit(before);
    });
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return stream_.model().parameter_count();
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<ByteLm>(*this);
  }

  [[nodiscard]] std::string describe() const override { return stream_.model().describe(); }

 private:
  TokenStream stream_;
};

}  // namespace

std::unique_ptr<Predictor> make_byte_lm(TokenStream stream) {
  return std::make_unique<ByteLm>(std::move(stream));
}

}  // namespace zipdream
