// SPDX-License-Identifier: Apache-2.0
#include "generator/search/beam.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"

namespace zipdream {
namespace {

constexpr double kForbidden = std::numeric_limits<double>::infinity();

// A beam, or a candidate to become one.
struct Beam {
  Bytes bytes;  // since the plan began
  double bits = 0;
  std::unique_ptr<Scorer> scorer;  // after `bytes`
  std::optional<CopyLimit> limit;  // after `bytes`
};

// The indices of the `count` least finite values, ascending by value, then by index.
std::vector<std::size_t> least(std::span<const double> values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return values[i] == kForbidden; });
  count = std::min(count, order.size());
  const auto precedes = [&](std::size_t a, std::size_t b) {
    return values[a] < values[b] || (values[a] == values[b] && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    precedes);
  order.resize(count);
  return order;
}

class BeamSearch final : public Method {
 public:
  BeamSearch(SearchStart start, const BeamOptions& options)
      : start_(std::move(start)), options_(options) {
    assert(options.horizon >= 1 && options.width >= 1);
  }

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    if (out.done()) return;
    SearchText text(start_, sequence.prompt);
    while (!out.done()) {
      const Bytes span = choose(plan(text), rng.uniform());
      out.append(span);
      text.append(span);
    }
  }

 private:
  // The last beams, the best first.
  [[nodiscard]] std::vector<Beam> plan(const SearchText& text) const {
    std::vector<Beam> beams(1);
    beams[0].scorer = text.scorer().clone();
    beams[0].limit = text.copy_limit();
    for (std::size_t i = 0; i < options_.horizon; ++i) {
      check_interrupt();
      beams = step(beams, i + 1 == options_.horizon);
      if (beams.empty()) throw text.copy_limit()->nothing_left();
    }
    return beams;
  }

  [[nodiscard]] std::vector<Beam> step(std::span<const Beam> beams, bool last) const {
    const std::size_t symbols = start_.scorer->alphabet_size();
    std::vector<double> bits(beams.size() * symbols);
    parallel_for(beams.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        measure(beams[i], std::span(bits).subspan(i * symbols, symbols));
      }
    });
    const std::vector<std::size_t> best = least(bits, options_.width);
    std::vector<Beam> next(best.size());
    parallel_for(best.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const auto symbol = static_cast<Symbol>(best[i] % symbols);
        next[i] = extended(beams[best[i] / symbols], symbol, bits[best[i]], last);
      }
    });
    return next;
  }

  // out[s] = the bits of the beam and s.
  void measure(const Beam& beam, std::span<double> out) const {
    beam.scorer->bits_with(out);
    if (!beam.limit) return;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const ByteView bytes = start_.scorer->symbol_bytes(static_cast<Symbol>(i));
      if (!beam.limit->allows(bytes)) out[i] = kForbidden;
    }
  }

  // The last ones need not go on.
  [[nodiscard]] Beam extended(const Beam& beam, Symbol symbol, double bits, bool last) const {
    const ByteView bytes = start_.scorer->symbol_bytes(symbol);
    Beam next{.bytes = beam.bytes, .bits = bits};
    next.bytes.insert(next.bytes.end(), bytes.begin(), bytes.end());
    if (last) return next;
    next.scorer = beam.scorer->clone();
    next.scorer->update(symbol, bits);
    next.limit = beam.limit;
    if (next.limit) next.limit->append(bytes);
    return next;
  }

  [[nodiscard]] Bytes choose(const std::vector<Beam>& beams, double coin) const {
    std::vector<double> log2_probs;
    log2_probs.reserve(beams.size());
    for (const Beam& beam : beams) log2_probs.push_back(beams.front().bits - beam.bits);
    return beams[sample(log2_probs, options_.sampler, coin)].bytes;
  }

  SearchStart start_;
  BeamOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_beam_search(SearchStart start, const BeamOptions& options) {
  return std::make_unique<BeamSearch>(std::move(start), options);
}

}  // namespace zipdream
