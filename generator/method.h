// SPDX-License-Identifier: Apache-2.0
// Methods continue sequences: by drawing symbol after symbol (make_sampling()), by the codec's own
// decoder (make_decoder_sampling()), by search (search/beam.h, search/spans.h). What they have in
// common, sequences in parallel, seeds and interruption, is generate()'s.
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
#include "codecs/common/decoder_sampler.h"
#include "generator/copy_limit.h"
#include "zipdream/bytes.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"
#include "zipdream/random.h"

namespace zipdream {

// What a sequence gets, as it comes, and where it ends. One thread.
class Continuation {
 public:
  // Grows `bytes` to at most `count` bytes and calls `on_generated` with what is new; what may yet
  // turn out to begin a stop is held back until it is known. REQUIRES: `bytes` is empty; it and
  // `endings` outlive this.
  Continuation(std::size_t count, const Endings& endings,
               std::function<void(ByteView)> on_generated, Bytes& bytes);

  [[nodiscard]] bool done() const { return stopped_ || bytes_.size() >= count_; }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  // What overruns the count, or follows a stop, is cut off.
  void append(ByteView bytes);

  // One of the same count and endings, which tells nobody of what it gets. REQUIRES: `bytes` is
  // empty and outlives it, as this one's endings do.
  [[nodiscard]] Continuation another(Bytes& bytes) const {
    return {count_, endings_, [](ByteView) {}, bytes};
  }

  // Says that the model ends the text here; where that is asked for, it is done then.
  void end_text() { stopped_ = stopped_ || endings_.end_of_text; }

  // Calls `on_generated` with what was held back. To be called once, at the end.
  void finish() { report(bytes_.size()); }

 private:
  [[nodiscard]] bool cut_at_stop(std::size_t size_before);
  [[nodiscard]] std::size_t held_back() const;
  void report(std::size_t end);

  std::size_t count_;
  const Endings& endings_;
  std::function<void(ByteView)> on_generated_;
  Bytes& bytes_;
  std::size_t reported_ = 0;
  bool stopped_ = false;
};

// A way to continue a sequence. Immutable; many threads may call at once.
class Method {
 public:
  virtual ~Method() = default;

  // Appends to `out` until it is done. The bytes depend on the sequence and on `rng`, whose coins
  // are the only ones, not on the threads. Throws Interrupted when the user asks to stop, which
  // leaves in `out` what there was, and Error when the sequence can't be continued.
  virtual void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const = 0;

  // Whether continue_together() costs less than one sequence after the other, or on threads.
  [[nodiscard]] virtual bool continues_together() const { return false; }

  // One of several sequences that are continued together.
  struct Part {
    const Sequence* sequence;
    Rng rng;
    Continuation* out;
  };
  // continue_sequence() of all of them, with the same bytes.
  virtual void continue_together(std::span<Part> parts) const;
};

// Called with the bytes that are new; sequences that run in parallel call it from several threads.
using OnGenerated = std::function<void(std::size_t sequence, ByteView bytes)>;

// Continues every sequence. Sequence i draws its coins from Rng(seed, i), so the result depends on
// the seed alone, not on the threads. Returns one continuation per sequence, exactly `count` bytes
// each, or fewer where one of the endings came up or the user asked to stop (base/process.h).
// Throws Error as the method does.
[[nodiscard]] std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                                          std::uint64_t seed, const OnGenerated& on_generated,
                                          const Endings& endings = {});

// generate() whose i-th sequence draws its coins from the i-th of `coins`.
[[nodiscard]] std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                                          std::span<const Rng> coins,
                                          const OnGenerated& on_generated,
                                          const Endings& endings = {});

// The plain method: ask the predictor, choose a symbol, append it. Continues every sequence from a
// clone of `start`, which has seen nothing of it yet. A copy limit, which has seen the corpus,
// leaves out symbols before the sampler does; continue_sequence() throws a usage Error when none is
// left. `heal`: a prompt that may end within a symbol goes on within it (Predictor::open_end()).
// `best_of`: so many continuations are drawn of each sequence, and the likeliest is taken, by the
// mean of the bits of its symbols before they are filtered and tempered; it is reported when it is
// whole. `of_channels`: samplers of the further bytes of a pixel, where the first has `sampler`.
// REQUIRES: check_sampler() passes for all of them; best_of > 0.
[[nodiscard]] std::unique_ptr<Method> make_sampling(
    std::unique_ptr<const Predictor> start, const SamplerOptions& sampler,
    std::optional<CopyLimit> copy_limit = std::nullopt, bool heal = true, std::size_t best_of = 1,
    std::vector<SamplerOptions> of_channels = {});

// Decoder sampling as a method. Each sequence is sampled after `corpus` and the last
// `context_window` bytes of its prompt; all of it if that is 0.
[[nodiscard]] std::unique_ptr<Method> make_decoder_sampling(
    std::unique_ptr<const DecoderSampler> decoder_sampler, Bytes corpus,
    std::size_t context_window);

}  // namespace zipdream
