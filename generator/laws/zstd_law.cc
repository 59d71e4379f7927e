// SPDX-License-Identifier: Apache-2.0
// The tables law of zstd. Its tables give a probability to every run of literals, every match
// length and every distance; a text's probability is the sum over all ways to cut it into sequences
// of a run and a match. A forward pass over the last bytes sums those that end at each byte, and at
// the end of the text each state that a parse can be in says what it expects:
//
//   in a run of l literals     literal b, times the probability of more than l
//   at the start of a match    the byte at each distance, times that of the distance
//   k bytes into a match       the byte after each place where the last k bytes occurred, times
//                              that of its distance and of more than k
//
// Distances that zstd would write as a repetition of one of its last three have that probability
// too.
//
// A parse that fits the last bytes by one long match leaves nothing to shorter ones, and when the
// match ends the law falls back on what it knows without any context. So where the sum begins is
// summed over too: a sequence may have begun at any of the last kColumns bytes, as if there were
// nothing before. The longest context that occurred before has the largest share; with each byte
// less it falls to kShorter, with each more, which takes two matches to explain, to kLonger of it.
// (At the farthest start alone the law makes 2.86 bits per byte on text, with all of them 2.63.)
//
// The tables are those that libzstd writes at the end of the first r bytes, where r is fixed by how
// many bytes there are; so are the last three distances. Matches are counted in all bytes.
//
// Left out: the window, beyond which no match reaches (its distances have no codes); the choices of
// the encoder, who takes one parse and not all; that the parse would go on with repetitions of its
// own distances within the last bytes.
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "codecs/registry.h"
#include "codecs/zstd_tables.h"
#include "generator/laws/factories.h"
#include "generator/laws/match_sets.h"
#include "generator/laws/refresh.h"
#include "generator/laws/shared_text.h"
#include "generator/laws/distance_slots.h"
#include "generator/laws/zstd_code.h"
#include "generator/laws/zstd_parse.h"

namespace zipdream {
namespace {

using Weights = std::array<double, 256>;

constexpr std::size_t kColumns = ZstdWindow::kColumns;
constexpr double kShorter = 0.8;
constexpr double kLonger = 0.5;
constexpr std::size_t kReach = std::size_t{1} << 31;

// How many bytes of a text the tables are read from.
constexpr RefreshSchedule kRefresh{.share = 64, .farthest = std::size_t{1} << 40};

// The offset code of the smallest distances; those before it are repetitions.
constexpr std::size_t kFirstCode = 2;

std::vector<std::size_t> first_distances() {
  std::vector<std::size_t> firsts;
  for (std::size_t code = kFirstCode; code <= kZstdOffsets; ++code) {
    firsts.push_back((std::size_t{1} << code) - 3);
  }
  return firsts;
}

class ZstdLaw final : public ByteLaw {
 public:
  explicit ZstdLaw(std::string_view options)
      : codec_(make_codec("zstd:" + std::string(options))),
        text_(kReach),
        matches_(kReach, kColumns),
        counts_(first_distances()) {
    read_tables(0);
  }

  void append(ByteView bytes) override {
    std::size_t end = text_.size();
    text_.append(bytes);
    counts_.update(text_);
    const bool is_reread = kRefresh.last(text_.size()) != read_;
    if (is_reread) read_tables(kRefresh.last(text_.size()));
    if (is_reread || bytes.size() > kColumns) {
      matches_.restart();
      end = text_.size() - std::min(text_.size(), kColumns);
    }
    while (end < text_.size()) step(++end);
  }

  void log2_probs(const Alphabet& alphabet, std::span<double> out) const override {
    Weights any = first_bytes();
    Weights second = second_bytes();
    ZstdWindow window = window_at_end();
    auto& agreeing = window.agreeing[window.size];
    agreeing[0] = std::accumulate(any.begin(), any.end(), 0.0);
    if (window.size > 0) agreeing[1] = std::accumulate(second.begin(), second.end(), 0.0);

    const ZstdStates states = mean_states(window);
    Weights weights{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
      weights[byte] = states.in_run * code_->literal[byte] + states.in_match[0] * any[byte] +
                      states.in_match[1] * second[byte];
    }
    ZstdWindow::ByLength longer{};
    for (std::size_t k = 2; k <= kColumns; ++k) longer[k] = longer[k - 1] + states.in_match[k];
    for (const Place& place : matches_.places()) {
      weights[text_[place.at]] += of_distance(text_.size() - place.at) * longer[place.agreeing];
    }
    for (std::size_t i = 0; i < ZstdWindow::kRepeats; ++i) {
      if (window.repeat[i] > 0) weights[text_[text_.size() - repeated(i)]] += states.in_repeat[i];
    }
    normalise(weights, alphabet, out);
  }

  [[nodiscard]] std::unique_ptr<ByteLaw> clone() const override {
    return std::make_unique<ZstdLaw>(*this);
  }

 private:
  void read_tables(std::size_t size) {
    read_ = size;
    const auto blocks = read_zstd_tables(codec_->compress(text_.copy(0, size)));
    code_ = std::make_shared<const ZstdCode>(zstd_code(blocks));
  }

  // Comes to the text's first `end` bytes.
  void step(std::size_t end) {
    matches_.step(text_, end);
    ZstdWindow::ByLength& agreeing = agreeing_[end % kColumns];
    agreeing.fill(0);
    for (const Place& place : matches_.places()) {
      agreeing[place.agreeing] += of_distance(end - place.at);
    }
    for (std::size_t k = kColumns; k > 2; --k) agreeing[k - 1] += agreeing[k];
  }

  [[nodiscard]] double of_distance(std::size_t distance) const {
    return code_->distance[zstd_offset_code(distance)];
  }

  [[nodiscard]] std::size_t repeated(std::size_t repeat) const {
    constexpr std::size_t kValues = ZstdWindow::kRepeats / 2;
    return zstd_repeated(code_->recent, static_cast<unsigned>(repeat % kValues) + 1,
                         repeat < kValues);
  }

  // Each byte at any distance.
  [[nodiscard]] Weights first_bytes() const {
    Weights weights{};
    for (std::size_t slot = 0; slot < counts_.slots().size(); ++slot) {
      const double probability = code_->distance[slot + kFirstCode];
      for (std::size_t byte = 0; byte < 256; ++byte) {
        weights[byte] += probability * counts_.slots()[slot][byte];
      }
    }
    return weights;
  }

  // Each byte after the text's last one.
  [[nodiscard]] Weights second_bytes() const {
    Weights weights{};
    const std::size_t size = text_.size();
    if (size < 2) return weights;
    text_.find(text_[size - 1], 1, size, [&](std::size_t at) {
      weights[text_[at]] += of_distance(size - at);
      return true;
    });
    return weights;
  }

  [[nodiscard]] ZstdWindow window_at_end() const {
    ZstdWindow window;
    const std::size_t end = text_.size();
    window.size = std::min(end, kColumns);
    const std::size_t begin = end - window.size;
    for (std::size_t column = 0; column < window.size; ++column) {
      window.bytes[column] = text_[begin + column];
      window.agreeing[column + 1] = agreeing_[(begin + column + 1) % kColumns];
    }
    for (std::size_t i = 0; i < ZstdWindow::kRepeats; ++i) {
      const std::size_t distance = repeated(i);
      if (distance == 0 || distance > end) continue;
      window.repeat[i] = code_->repeat[i % (ZstdWindow::kRepeats / 2) + 1];
      for (std::size_t column = window.size; column-- > 0;) {
        const std::size_t at = begin + column;
        const bool agrees = at >= distance && text_[at] == text_[at - distance];
        window.repeated[i][column] = agrees ? window.repeated[i][column + 1] + 1 : 0;
      }
    }
    return window;
  }

  // Over all starts, each with its share.
  [[nodiscard]] ZstdStates mean_states(const ZstdWindow& window) const {
    std::size_t deepest = 2;
    while (deepest < window.size && window.agreeing[window.size][deepest + 1] > 0) ++deepest;
    ZstdStates mean;
    for (std::size_t size = std::min<std::size_t>(window.size, 2); size <= window.size; ++size) {
      const ZstdStates states = sum_zstd_parses(*code_, window, window.size - size);
      double share = 1 / states.sum;
      for (std::size_t i = size; i < deepest; ++i) share *= kShorter;
      for (std::size_t i = deepest; i < size; ++i) share *= kLonger;
      mean.in_run += share * states.in_run;
      for (std::size_t k = 0; k <= kColumns; ++k) mean.in_match[k] += share * states.in_match[k];
      for (std::size_t i = 0; i < ZstdWindow::kRepeats; ++i) {
        mean.in_repeat[i] += share * states.in_repeat[i];
      }
    }
    return mean;
  }

  std::shared_ptr<const Codec> codec_;
  std::size_t read_ = 0;  // the tables are those of so many bytes
  std::shared_ptr<const ZstdCode> code_;
  SharedText text_;
  MatchSets matches_;
  SlotCounts counts_;
  // Of the last columns: agreeing_[end % kColumns] is what ZstdWindow::agreeing holds of the column
  // after the first `end` bytes.
  std::array<ZstdWindow::ByLength, kColumns> agreeing_{};
};

}  // namespace

std::unique_ptr<ByteLaw> make_zstd_law(std::string_view options) {
  return std::make_unique<ZstdLaw>(options);
}

}  // namespace zipdream
