// SPDX-License-Identifier: Apache-2.0
// The predictors that sum over parses against the same sums written out: every token at every
// place.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "codecs/common/matches.h"
#include "codecs/common/shared_text.h"
#include "codecs/deflate/parser.h"
#include "codecs/deflate/token_tables.h"
#include "codecs/lzma/decoder.h"
#include "codecs/lzma/meter.h"
#include "codecs/lzma/token_tables.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Of the probabilities of a predictor and of weights of the 256 bytes, in bits: the mean by the
// weights, and the greatest.
struct Difference {
  double mean = 0;
  double most = 0;
};

Difference difference(const Predictor& predictor, const std::vector<double>& weights) {
  std::vector<double> log2_probs(256);
  predictor.log2_probs(log2_probs);
  double sum = 0;
  for (const double weight : weights) sum += weight;
  Difference result;
  for (int byte = 0; byte < 256; ++byte) {
    const double p = weights[byte] / sum;
    const double apart = std::abs(log2_probs[byte] - std::log2(p));
    result.mean += p * apart;
    result.most = std::max(result.most, apart);
  }
  return result;
}

// Whether the `count` bytes before `at` occur `distance` earlier.
bool agree(ByteView text, std::size_t at, std::size_t distance, std::size_t count) {
  for (std::size_t i = 1; i <= count; ++i) {
    if (distance + i > at || text[at - i] != text[at - i - distance]) return false;
  }
  return true;
}

// DEFLATE's sum as the essay in codecs/deflate/table_predictor.cc has it, in time of the order of
// text x distances x lengths.
std::vector<double> deflate_weights(ByteView text, int level) {
  constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = 512};
  deflate::BlockFollower follower(level);
  DeflateCounts counts;
  std::size_t renewed = 0;
  for (; kRefresh.next(renewed) <= text.size(); renewed = kRefresh.next(renewed)) {
    follower.append(text.subspan(renewed, kRefresh.next(renewed) - renewed));
    counts.update(follower);
  }
  const DeflateTables tables = counts.tables();
  const std::size_t begin = renewed > kWarmUp ? renewed - kWarmUp : 0;
  const auto distance_probability = [&](std::size_t distance) {
    return tables.distance[deflate::distance_symbol(static_cast<std::int64_t>(distance)).symbol];
  };
  const auto farthest = [](std::size_t at) {
    return std::min<std::size_t>(at, deflate::kMaxDistance);
  };

  std::vector<long double> boundary(text.size() + 1, 0);  // [at]
  boundary[begin] = 1;
  for (std::size_t at = begin + 1; at <= text.size(); ++at) {
    boundary[at] = boundary[at - 1] * tables.literal[text[at - 1]];
    for (std::size_t d = 1; d <= farthest(at); ++d) {
      for (std::size_t k = 3; k <= 258 && begin + k <= at && agree(text, at, d, k); ++k) {
        boundary[at] += boundary[at - k] * tables.length[k] * distance_probability(d);
      }
    }
  }
  std::vector<double> weights(256);
  const std::size_t end = text.size();
  for (int byte = 0; byte < 256; ++byte) weights[byte] = tables.literal[byte];
  for (std::size_t d = 1; d <= farthest(end); ++d) {
    for (std::size_t k = 0; k < 258 && begin + k <= end && agree(text, end, d, k); ++k) {
      double longer = 0;
      for (std::size_t length = std::max<std::size_t>(3, k + 1); length <= 258; ++length) {
        longer += tables.length[length];
      }
      weights[text[end - d]] +=
          static_cast<double>(boundary[end - k] / boundary[end]) * longer * distance_probability(d);
    }
  }
  return weights;
}

TEST(DeflatePredictor, IsTheSumOverAllParses) {
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t size : {0, 1, 2, 4, 40, 257, 700}) {
      const Bytes text = kind.make(size, 5);
      const auto predictor = make_predictor("gzip:9");
      predictor->observe(text);
      EXPECT_LT(difference(*predictor, deflate_weights(text, 9)).most, 1e-9)
          << kind.name << ", " << size;
    }
  }
}

TEST(DeflatePredictor, StaysTheSumOverAllParsesWhileTheTextGrows) {
  const Bytes text = concat(text_like(600), concat(random_bytes(100), runs(200)));
  const auto predictor = make_predictor("deflate:1");
  for (std::size_t size = 1; size <= text.size(); ++size) {
    predictor->observe({&text[size - 1], 1});
    if (size % 61 != 0) continue;
    EXPECT_LT(difference(*predictor, deflate_weights(ByteView(text).first(size), 1)).most, 1e-9)
        << size;
  }
}

TEST(DeflatePredictor, SaysThatLiteralsOfTheFixedCodeComeFirst) {
  const auto predictor = make_predictor("gzip");
  std::vector<double> log2_probs(256);
  predictor->log2_probs(log2_probs);
  EXPECT_NEAR(log2_probs['a'] - log2_probs[200], 1, 1e-12);  // 8 and 9 bits
}

// LZMA's sum, one packet after the other: every sequence that gives the text and goes on beyond its
// end counts for the byte that follows. For short texts, of which all is kept.
class AllPackets {
 public:
  AllPackets(ByteView text, const LzmaTables& tables) : text_(text), tables_(tables) {}

  std::vector<double> weights() {
    go_on({0, 0, {}}, 1);
    return weights_;
  }

 private:
  void go_on(const LzmaCoderState& place, double weight) {
    const std::size_t at = place.position;
    const LzmaKinds& kinds = tables_.kinds[place.state][at % 4];
    add_literal(place, weight * kinds.literal);
    for (std::size_t i = 0; i < 4; ++i) {
      if (place.reps[i] >= at) continue;
      LzmaCoderState after = place;
      after.state = state_after_repetition(place.state);
      after.reps = {place.reps[i]};
      for (std::size_t from = 0, to = 1; from < 4; ++from) {
        if (from != i) after.reps[to++] = place.reps[from];
      }
      add_copies(after, weight * kinds.repetition[i], tables_.repetition_lengths,
                 [](auto) { return 1.0; });
    }
    if (place.reps[0] < at) {
      LzmaCoderState after = place;
      after.state = state_after_short_repetition(place.state);
      add_copy(after, 1, weight * kinds.short_repetition);
    }
    for (std::uint32_t distance = 0; distance < at; ++distance) {
      LzmaCoderState after = place;
      after.state = state_after_match(place.state);
      after.reps = {distance, place.reps[0], place.reps[1], place.reps[2]};
      unsigned slot = 0;
      while (lzma_distance_slot(slot + 1).first <= distance) ++slot;
      add_copies(
          after, weight * kinds.match * tables_.fine(distance), tables_.match_lengths,
          [&](std::size_t length) { return tables_.by_bucket[lzma_distance_kind(length)][slot]; });
    }
  }

  void add_literal(const LzmaCoderState& place, double weight) {
    const std::size_t at = place.position;
    const LzmaLiterals literals(tables_, at == 0 ? Byte{0} : text_[at - 1]);
    for (int byte = 0; byte < 256; ++byte) {
      if (at < text_.size() && text_[at] != byte) continue;
      const auto literal = static_cast<Byte>(byte);
      const bool guesses = !is_after_literal(place.state) && place.reps[0] < at;
      const double p = guesses ? literals.probability(literal, text_[at - place.reps[0] - 1])
                               : literals.probability(literal);
      if (at == text_.size()) {
        weights_[byte] += weight * p;
      } else {
        go_on({at + 1, state_after_literal(place.state), place.reps}, weight * p);
      }
    }
  }

  void add_copies(const LzmaCoderState& after, double weight, const LzmaLengths& lengths,
                  const std::function<double(std::size_t)>& of_length) {
    const std::size_t position = after.position % 4;
    for (std::size_t length = kLzmaShortestMatch; length <= kLzmaLongestMatch; ++length) {
      add_copy(after, length, weight * lengths.exactly[position][length] * of_length(length));
    }
  }

  void add_copy(const LzmaCoderState& after, std::size_t length, double weight) {
    const std::size_t at = after.position;
    const std::size_t within = std::min(length, text_.size() - at);
    for (std::size_t i = 0; i < within; ++i) {
      if (text_[at + i] != text_[at + i - after.reps[0] - 1]) return;
    }
    if (within < length) {
      weights_[text_[text_.size() - after.reps[0] - 1]] += weight;
    } else {
      go_on({at + length, after.state, after.reps}, weight);
    }
  }

  ByteView text_;
  const LzmaTables& tables_;
  std::vector<double> weights_ = std::vector<double>(256);
};

TEST(LzmaPredictor, IsNearlyTheSumOverAllPackets) {
  for (const char* text : {"", "a", "ab", "aaaa", "abab", "abcabcab", "abracadab", "aabaabaa"}) {
    const Bytes data = to_bytes(text);
    const Bytes file = make_codec("lzma:6")->compress(data);
    const LzmaTables tables(read_lzma(file, data, 0).estimates);
    const auto predictor = make_predictor("lzma:6");
    predictor->observe(data);
    const Difference apart = difference(*predictor, AllPackets(data, tables).weights());
    EXPECT_LT(apart.mean, 0.01) << text;
    EXPECT_LT(apart.most, 0.1) << text;
  }
}

TEST(LzmaPredictor, TakesEveryLevel) {
  const Bytes text = text_like(3000);
  for (const char* codec : {"xz", "lzma"}) {
    for (int level = 0; level <= 9; ++level) {
      for (const char* extreme : {"", "e"}) {
        const std::string options = std::to_string(level) + extreme;
        const auto predictor = make_predictor(std::string(codec) + ":" + options);
        predictor->observe(ByteView(text).first(2990));
        double bits = 0;
        std::vector<double> log2_probs(256);
        for (const Byte byte : ByteView(text).last(10)) {
          predictor->log2_probs(log2_probs);
          bits -= log2_probs[byte];
          predictor->observe({&byte, 1});
        }
        EXPECT_LT(bits, 10 * 3) << codec << ":" << options;
      }
    }
  }
}

// Only level 0's dictionary of 256 KB doesn't reach back to where the line stood before.
TEST(LzmaPredictor, ReachesAsFarAsTheDictionaryOfTheLevel) {
  const Bytes noise = random_bytes(300'000);
  const Bytes text = concat(noise, ByteView(noise).subspan(10'000, 8));
  std::vector<double> log2_probs(256);
  for (const char* options : {"0", "1"}) {
    const auto predictor = make_predictor(std::string("xz:") + options);
    predictor->observe(text);
    predictor->log2_probs(log2_probs);
    EXPECT_EQ(log2_probs[noise[10'008]] > -1, options == std::string("1"));
  }
}

}  // namespace
}  // namespace zipdream
