// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "codecs/png_rows.h"
#include "codecs/registry.h"
#include "generator/laws/factories.h"

namespace zipdream {
namespace {

double env(const char* n, double d) {
  const char* s = getenv(n);
  return s ? atof(s) : d;
}
const double kFloor = env("FLOOR", 1.0 / 1024);
const std::size_t kTail = (std::size_t)env("TAIL", 32768);
const double kFading = env("FADING", 1);
const double kTemper = env("TEMPER", 1);
const double kPrior = env("PRIOR", 0.125);

class PngLaw final : public ByteLaw {
 public:
  explicit PngLaw(const PngOptions& options) : options_(options) {}

  void append(ByteView bytes) override {
    text_.insert(text_.end(), bytes.begin(), bytes.end());
    read();
  }

  void read() {
    std::size_t n = text_.size();
    PngOptions o = options_;
    if (o.width == 0) {
      std::size_t s = n - n % std::bit_floor(std::max<std::size_t>(1, n / 16));
      o.width = png_shape(o, s).width;
    }
    std::size_t row = o.width * o.channels;
    std::size_t Y = n / row;
    if (Y == 0) return;
    if (row == row_ && Y == rows_) return;
    row_ = row;
    rows_ = Y;
    std::size_t t = std::min(Y, std::max<std::size_t>(1, kTail / row));
    ByteView tail = ByteView(text_).subspan((Y - t) * row, t * row);
    PngRows r = read_png_rows(make_codec(png_spec(o))->compress(tail), tail.size());
    counts_.fill(kPrior);
    for (std::size_t y = 0; y < t; ++y) counts_[r.blocks.text[y * (row + 1)]] += 1;
    const auto& h = deflate::telling_header(r.blocks);
    lengths_ = deflate::read_code_lengths(deflate::header_bits(r.stream, h));
    pixel_ = o.channels;
    double sum = 0;
    for (int i = 0; i < 256; ++i)
      sum += lit_[i] = lengths_.literals[i] ? std::exp2(-lengths_.literals[i]) : 0;
    for (int i = 0; i < 256; ++i) lit_[i] = (1 - kFloor) * lit_[i] / sum + kFloor / 256;
  }

  void log2_probs(const Alphabet& alphabet, std::span<double> out) const override {
    std::array<double, 256> law{};
    if (rows_ == 0) {
      law.fill(1);
      return normalise(law, alphabet, out);
    }
    std::size_t n = text_.size(), y = n / row_;
    ByteView all(text_);
    ByteView row = all.subspan(y * row_);
    ByteView above = all.subspan((y - 1) * row_, row_);
    std::array<double, 5> cost{};
    double least = 1e300;
    for (int f = 0; f < 5; ++f) {
      Bytes filtered;
      append_filtered_row(f, row, above, pixel_, filtered);
      for (std::size_t i = 1; i < filtered.size(); ++i)
        cost[f] = cost[f] * kFading - kTemper * std::log2(lit_[filtered[i]]);
      cost[f] -= std::log2(counts_[f]);
      least = std::min(least, cost[f]);
    }
    double sum = 0;
    for (double& c : cost) sum += c = std::exp2(least - c);
    std::size_t x = row.size();
    for (int f = 0; f < 5; ++f) {
      Byte left = x >= pixel_ ? row[x - pixel_] : 0, up = above[x],
           ul = x >= pixel_ ? above[x - pixel_] : 0;
      Byte p = png_prediction(f, left, up, ul);
      for (int v = 0; v < 256; ++v) law[v] += cost[f] / sum * lit_[(Byte)(v - p)];
    }
    normalise(law, alphabet, out);
  }

  [[nodiscard]] std::unique_ptr<ByteLaw> clone() const override {
    return std::make_unique<PngLaw>(*this);
  }

 private:
  PngOptions options_;
  Bytes text_;
  std::size_t row_ = 0, rows_ = 0, pixel_ = 1;
  std::array<double, 5> counts_{};
  deflate::CodeLengths lengths_;
  std::array<double, 256> lit_{};
};

}  // namespace

std::unique_ptr<ByteLaw> make_png_law(std::string_view options) {
  return std::make_unique<PngLaw>(parse_png_options(options));
}

}  // namespace zipdream
