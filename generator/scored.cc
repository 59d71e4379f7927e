// SPDX-License-Identifier: Apache-2.0
#include "generator/scored.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>

#include "base/parallel.h"
#include "base/process.h"
#include "generator/load_model.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kStretchBytes = 32;
constexpr std::size_t kStretchesOfAKind = 3;

bool overlap(const Stretch& a, const Stretch& b) {
  return a.begin < b.begin + b.size && b.begin < a.begin + a.size;
}

}  // namespace

std::vector<Scored> score_texts(const Predictor& model, std::span<const Bytes> texts,
                                const OnScored& on_scored) {
  std::vector<Scored> results(texts.size());
  parallel_for(results.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto predictor = model.clone();
      Scored& scored = results[i];
      scored.bits = score(*predictor, texts[i], on_scored);
      const auto count = static_cast<std::ptrdiff_t>(scored.bits.size());
      scored.bytes.assign(texts[i].begin(), texts[i].begin() + count);
    }
  });
  const bool partial = std::any_of(results.begin(), results.end(),
                                   [](const Scored& scored) { return scored.bits.empty(); });
  if (partial || (results.size() > 1 && interrupt_requested())) throw Interrupted();
  return results;
}

void add_own_lengths(const ModelRequest& model, Media media, ByteView context,
                     std::span<Scored> scored) {
  if (!is_codec(model.spec)) return;
  if (context_window_of(model, media) > 0 || interrupt_requested()) return;
  std::vector<ByteView> texts;
  for (const Scored& each : scored) texts.emplace_back(each.bytes);
  try {
    const std::vector<double> added =
        added_lengths(*make_codec(model.spec), model.units.value_or(Units::kBits), context, texts);
    for (std::size_t i = 0; i < scored.size(); ++i) scored[i].added = added[i];
  } catch (const Interrupted&) {
    // What was scored is worth keeping without them.
  }
}

double Scored::total() const { return std::accumulate(bits.begin(), bits.end(), 0.0); }

double Scored::per_byte() const { return total() / static_cast<double>(bytes.size()); }

Stretches find_stretches(const std::vector<double>& bits) {
  const std::size_t size = std::clamp<std::size_t>(bits.size() / 8, 1, kStretchBytes);
  std::vector<double> sums(bits.size() + 1, 0);
  std::partial_sum(bits.begin(), bits.end(), sums.begin() + 1);
  std::vector<Stretch> taken;
  const auto take = [&](const std::function<bool(double, double)>& better) {
    std::vector<Stretch> best;
    while (best.size() < kStretchesOfAKind && 4 * (taken.size() + 1) * size <= 3 * bits.size()) {
      std::optional<Stretch> found;
      for (std::size_t begin = 0; begin + size <= bits.size(); ++begin) {
        const Stretch stretch = {begin, size,
                                 (sums[begin + size] - sums[begin]) / static_cast<double>(size)};
        if (found && !better(stretch.per_byte, found->per_byte)) continue;
        const bool overlaps = std::any_of(taken.begin(), taken.end(), [&](const Stretch& other) {
          return overlap(other, stretch);
        });
        if (!overlaps) found = stretch;
      }
      if (!found) break;
      taken.push_back(*found);
      best.push_back(*found);
    }
    return best;
  };
  Stretches stretches;
  stretches.most = take(std::greater<>());
  stretches.least = take(std::less<>());
  return stretches;
}

Winners find_winners(const std::vector<Scored>& choices) {
  const auto least = [&](double (Scored::*value)() const) {
    const auto found = std::min_element(
        choices.begin(), choices.end(),
        [&](const Scored& a, const Scored& b) { return (a.*value)() < (b.*value)(); });
    return static_cast<std::size_t>(found - choices.begin());
  };
  return {least(&Scored::total), least(&Scored::per_byte)};
}

}  // namespace zipdream
