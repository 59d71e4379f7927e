// SPDX-License-Identifier: Apache-2.0
// All substrings of a text in one small graph (Blumer et al. 1985): a path from the root tokenizes
// each of them, and every state stands for those that end at the same places of the text. Building
// it and feeding other texts through it take time linear in their length; it holds some 100 bytes
// for each byte of its own text and none for the others, so a short sample is compared with a
// context of any size.
//
// Copyable. Threads: one thread at a time may call append() and feed().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sequence.h"
#include "generator/score.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/compare.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"
#include "zipdream/spec.h"

namespace zipdream {

class SuffixAutomaton {
 public:
  // A symbol that no fed text contains: strings that hold it are found in none.
  static constexpr std::uint32_t kSeparator = 256;

  SuffixAutomaton();

  // Appends a byte or the separator to the text. Returns the length of the longest string that ends
  // here and occurred before, also where both overlap. REQUIRES: nothing was fed; fewer than 2^30
  // symbols.
  std::size_t append(std::uint32_t symbol);

  // Walks through another text and remembers what it shares with this one. Calls go on where the
  // last one ended, as if the pieces were one text.
  void feed(ByteView bytes);

  // result[i] is the length of the longest string that ends with symbol i of the text and occurs in
  // what was fed.
  [[nodiscard]] std::vector<std::size_t> shared_lengths() const;

 private:
  using State = std::uint32_t;
  static constexpr State kRoot = 0;
  static constexpr State kNone = ~State{0};

  struct Node {
    std::uint32_t length;      // of the longest string of this state
    State link;                // the state of its longest suffix that ends at more places
    std::uint32_t first_edge;  // a list through Edge::next
    std::uint32_t fed = 0;     // the longest of its strings found in what was fed; 0: none
  };
  struct Edge {
    State from;
    State to;
    std::uint32_t symbol;
    std::uint32_t next;
  };

  // The place in slots_ of the edge, or the empty one where it belongs.
  [[nodiscard]] std::size_t slot(State from, std::uint32_t symbol) const;
  [[nodiscard]] Edge* find(State from, std::uint32_t symbol);
  void add_edge(State from, std::uint32_t symbol, State to);
  void grow();
  State add_node(std::uint32_t length);
  // Takes from `state`, reached from `parent` by `symbol`, the strings that also end elsewhere.
  State split(State state, State parent, std::uint32_t symbol);

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> slots_;  // open addressing over edges_ by (from, symbol); kNone: empty
  std::vector<State> prefixes_;       // the state of the text up to and with symbol i
  State last_ = kRoot;
  State walker_ = kRoot;      // where the fed text is: the longest suffix of it that occurs here,
  std::uint32_t walked_ = 0;  // and its length
};

// The metrics of zipdream/compare.h, for every way of generating: a pure function of context and
// sample, linear in their lengths but for the sorting of the sample's 4-grams.
// REQUIRES: as many continuations as sequences, of less than 2^29 bytes together.
[[nodiscard]] SampleMetrics measure(ByteView corpus, std::span<const Sequence> sequences,
                                    std::span<const Bytes> continuations);

// ---- What other models make of a sample ----

// A model that is shown what the generating one was shown: corpus and prompt, alphabet and
// context window. Its probabilities come from where they do by default.
struct Judge {
  std::string model;                     // its spec
  std::string probs;                     // probs_name()
  Spec spec;                             // the model, with what the job tells
  std::unique_ptr<Predictor> predictor;  // primed with the corpus
};

struct Judgement {
  std::string model;
  std::string probs;
  std::optional<double> bits_per_byte;  // none when the user did not wait for it
};

struct SampleStats {
  SampleMetrics metrics;
  std::vector<Judgement> judgements;
};

// Of the generating model's request, all but spec and probabilities is theirs too. Throws as
// load_model() does, so that a bad one is refused before the work begins.
[[nodiscard]] std::vector<Judge> load_judges(std::span<const Spec> models,
                                             const ModelRequest& generating, const MediaJob& job);

// Called with each judge before it begins; what it returns is called after each byte, from several
// threads.
using OnJudged = std::function<OnScored(const Judge& judge, std::size_t bytes)>;

// `corpus` is what the models were primed with. REQUIRES: the continuations are of the job's
// sequences.
[[nodiscard]] SampleStats measure_sample(const MediaJob& job, ByteView corpus,
                                         std::span<const Bytes> continuations,
                                         std::span<const Judge> judges, const OnJudged& on_judged);

}  // namespace zipdream
