// SPDX-License-Identifier: Apache-2.0
#include "generator/method.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"
#include "generator/own_order.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {

Continuation::Continuation(std::size_t count, const Endings& endings,
                           std::function<void(ByteView)> on_generated, Bytes& bytes)
    : count_(count), endings_(endings), on_generated_(std::move(on_generated)), bytes_(bytes) {}

void Continuation::append(ByteView bytes) {
  if (stopped_) return;
  const std::size_t size_before = bytes_.size();
  bytes = bytes.first(std::min(bytes.size(), count_ - size_before));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  stopped_ = cut_at_stop(size_before);
  report(done() ? bytes_.size() : bytes_.size() - held_back());
}

// Before the first stop that ends within what is new.
bool Continuation::cut_at_stop(std::size_t size_before) {
  std::size_t first = std::string_view::npos;
  for (const std::string& stop : endings_.stops) {
    const std::size_t from = size_before - std::min(size_before, stop.size() - 1);
    first = std::min(first, as_chars(bytes_).find(stop, from));
  }
  if (first == std::string_view::npos) return false;
  bytes_.resize(first);
  return true;
}

// The longest end that is the beginning of a stop.
std::size_t Continuation::held_back() const {
  const std::string_view all = as_chars(bytes_);
  std::size_t held = 0;
  for (const std::string& stop : endings_.stops) {
    for (std::size_t size = std::min(stop.size() - 1, all.size()); size > held; --size) {
      if (all.ends_with(std::string_view(stop).substr(0, size))) held = size;
    }
  }
  return held;
}

void Continuation::report(std::size_t end) {
  if (end <= reported_) return;
  const ByteView fresh = ByteView(bytes_).subspan(reported_, end - reported_);
  reported_ = end;
  on_generated_(fresh);
}

void Method::continue_together(std::span<Part> parts) const {
  parallel_for(parts.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (const Part& part : parts.subspan(begin, end - begin)) {
      try {
        continue_sequence(*part.sequence, part.rng, *part.out);
      } catch (const Interrupted&) {
        part.out->finish();
        throw;
      }
      part.out->finish();
    }
  });
}

std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                            std::span<const Rng> coins, const OnGenerated& on_generated,
                            const Endings& endings) {
  assert(coins.size() == sequences.size());
  std::vector<Bytes> continuations(sequences.size());
  std::vector<Continuation> outs;
  std::vector<Method::Part> parts;
  outs.reserve(sequences.size());  // `parts` points into it
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    outs.emplace_back(
        sequences[i].count, endings, [&, i](ByteView bytes) { on_generated(i, bytes); },
        continuations[i]);
    parts.push_back({&sequences[i], coins[i], &outs[i]});
  }
  try {
    method.continue_together(parts);
  } catch (const Interrupted&) {
    // Kept: what every sequence had.
  }
  return continuations;
}

std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                            std::uint64_t seed, const OnGenerated& on_generated,
                            const Endings& endings) {
  std::vector<Rng> coins;
  for (std::size_t i = 0; i < sequences.size(); ++i) coins.emplace_back(seed, i);
  return generate(method, sequences, coins, on_generated, endings);
}

namespace {

// Chooses among the symbols that the limit leaves.
Symbol sample_within(const CopyLimit& limit, const Predictor& predictor,
                     std::span<const double> log2_probs, const SamplerOptions& sampler,
                     double coin) {
  std::vector<Symbol> allowed;
  std::vector<double> theirs;
  for (std::size_t i = 0; i < log2_probs.size(); ++i) {
    const auto symbol = static_cast<Symbol>(i);
    if (!limit.allows(predictor.symbol_bytes(symbol))) continue;
    allowed.push_back(symbol);
    theirs.push_back(log2_probs[i]);
  }
  if (allowed.empty()) throw limit.nothing_left();
  return allowed[sample(theirs, sampler, coin)];
}

class Sampling final : public Method {
 public:
  Sampling(std::unique_ptr<const Predictor> start, const SamplerOptions& sampler,
           std::optional<CopyLimit> copy_limit, bool heal, std::size_t best_of,
           std::vector<SamplerOptions> of_channels)
      : start_(std::move(start)),
        sampler_(sampler),
        of_channels_(std::move(of_channels)),
        copy_limit_(std::move(copy_limit)),
        heal_(heal),
        best_of_(best_of) {}

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    if (const auto ordered = in_order(*start_, sequence)) {
      return continue_in_order(*ordered, sequence, rng, out);
    }
    const Prompted read = read_prompt(sequence);
    if (best_of_ > 1) return take_best(read, sequence, rng, out);
    Going going({&sequence, rng, &out}, copy_limit_);
    begin(read, going);
    draw_all(going);
  }

  [[nodiscard]] bool continues_together() const override {
    return best_of_ == 1 && start_->updates_together();
  }

  void continue_together(std::span<Part> parts) const override {
    if (!continues_together() || parts.size() == 1) return Method::continue_together(parts);
    try {
      const std::size_t most = start_->most_together();
      for (std::size_t i = 0; i < parts.size(); i += most) {
        step_together(parts.subspan(i, std::min(most, parts.size() - i)));
      }
    } catch (const Interrupted&) {
      for (const Part& part : parts) part.out->finish();
      throw;
    }
  }

 private:
  // A model that has read a prompt.
  struct Prompted {
    std::unique_ptr<Predictor> predictor;  // null: the prompt ends within a symbol
    std::unique_ptr<OpenEnd> open;         // then
  };

  // A sequence on its way.
  struct Going {
    Going(const Part& part, const std::optional<CopyLimit>& copy_limit)
        : sequence(*part.sequence), rng(part.rng), out(*part.out), limit(copy_limit) {}

    const Sequence& sequence;
    Rng rng;
    Continuation& out;
    std::optional<CopyLimit> limit;
    std::unique_ptr<Predictor> predictor;
    double bits = 0;  // of what was drawn, before filters and temperature
    std::size_t symbols = 0;
  };

  void draw_all(Going& going) const {
    std::vector<double> log2_probs(going.predictor->alphabet_size());
    while (!going.out.done()) {
      check_interrupt();
      going.predictor->log2_probs(log2_probs);
      if (const auto symbol = advance(going, log2_probs)) going.predictor->update(*symbol);
    }
  }

  // The first one is what is drawn where there is no choice.
  void take_best(const Prompted& read, const Sequence& sequence, Rng rng, Continuation& out) const {
    Bytes best;
    bool ends_text = false;
    double fewest = 0;
    Rng next = rng;
    for (std::size_t i = 0; i < best_of_; ++i) {
      Bytes bytes;
      Continuation drawn = out.another(bytes);
      Going going({&sequence, next, &drawn}, copy_limit_);
      begin(read, going);
      draw_all(going);
      const double mean = going.bits / static_cast<double>(std::max<std::size_t>(going.symbols, 1));
      if (i == 0 || mean < fewest) {
        fewest = mean;
        ends_text = bytes.size() < sequence.count;
        best = std::move(bytes);
      }
      next = Rng(rng.next(), i + 1);
    }
    out.append(best);
    if (ends_text) out.end_text();
  }

  // By a predictor that goes through the sequence in its own order.
  void continue_in_order(const OrderedSequence& ordered, const Sequence& sequence, Rng rng,
                         Continuation& out) const {
    if (copy_limit_) {
      throw Error::of_option("max_copy", "",
                             "is for models that go through a text from its beginning",
                             "leave it out");
    }
    Bytes best;
    double fewest = 0;
    Rng next = rng;
    for (std::size_t i = 0; i < best_of_; ++i) {
      Bytes drawn(sequence.count);
      const double bits = draw_in_order(ordered, next, drawn);
      if (i == 0 || bits < fewest) {
        fewest = bits;
        best = std::move(drawn);
      }
      next = Rng(rng.next(), i + 1);
    }
    out.append(best);
  }

  // Returns the bits of what was drawn.
  double draw_in_order(const OrderedSequence& ordered, Rng rng, Bytes& drawn) const {
    const std::unique_ptr<Predictor> predictor = ordered.predictor->clone();
    std::vector<double> log2_probs(predictor->alphabet_size());
    double bits = 0;
    for (const OrderedSequence::Place& place : ordered.places) {
      check_interrupt();
      Byte byte = place.given.value_or(0);
      if (!place.given) {
        predictor->log2_probs(log2_probs);
        byte = static_cast<Byte>(sample(log2_probs, sampler_at(place.generated), rng.uniform()));
        bits -= log2_probs[byte];
        drawn[place.generated] = byte;
      }
      predictor->observe({&byte, 1});
    }
    return bits;
  }

  [[nodiscard]] Prompted read_prompt(const Sequence& sequence) const {
    Prompted read;
    if (heal_ && sequence.forced_segments.empty()) read.open = start_->open_end(sequence.prompt);
    if (read.open != nullptr) return read;
    read.predictor = start_->clone();
    read.predictor->observe(sequence.prompt);
    return read;
  }

  // Stands after the prompt, and after the rest of the symbol that the prompt ends within.
  void begin(const Prompted& read, Going& going) const {
    if (read.open == nullptr) {
      going.predictor = read.predictor->clone();
    } else {
      const Symbol way = sample(read.open->log2_probs(), sampler_, going.rng.uniform());
      going.out.append(read.open->bytes(way));
      going.predictor = read.open->after(way);
    }
    if (!going.limit) return;
    going.limit->append(going.sequence.prompt);
    going.limit->append(going.out.bytes());
  }

  // A prompt that several sequences in a row have is read once.
  std::vector<Going> begin_all(std::span<const Part> parts) const {
    std::vector<Going> all;
    all.reserve(parts.size());
    Prompted read;
    const Sequence* last = nullptr;
    for (const Part& part : parts) {
      const bool same = last != nullptr && part.sequence->prompt == last->prompt &&
                        part.sequence->forced_segments.empty() == last->forced_segments.empty();
      if (!same) read = read_prompt(*part.sequence);
      last = part.sequence;
      begin(read, all.emplace_back(part, copy_limit_));
    }
    return all;
  }

  void step_together(std::span<const Part> parts) const {
    std::vector<Going> all = begin_all(parts);
    const std::size_t size = start_->alphabet_size();
    std::vector<double> log2_probs(all.size() * size);
    // Those that go on, and the symbols that their predictors are to be updated by.
    std::vector<Going*> going;
    going.reserve(all.size());
    for (Going& one : all) going.push_back(&one);
    for (std::size_t i = 0; i < going.size(); ++i) {
      going[i]->predictor->log2_probs(std::span(log2_probs).subspan(i * size, size));
    }
    while (!going.empty()) {
      check_interrupt();
      std::vector<std::optional<Symbol>> symbols(going.size());
      parallel_for(going.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          symbols[i] = advance(*going[i], std::span(log2_probs).subspan(i * size, size));
        }
      });
      update_all(symbols, going, log2_probs);
    }
  }

  // Those that are done leave. Afterwards the i-th distribution is that of the i-th that is left.
  void update_all(std::span<const std::optional<Symbol>> symbols, std::vector<Going*>& going,
                  std::vector<double>& log2_probs) const {
    std::vector<Going*> left;
    std::vector<Predictor*> predictors;
    std::vector<Symbol> theirs;
    std::vector<Going*> told;  // what they drew already
    for (std::size_t i = 0; i < going.size(); ++i) {
      if (going[i]->out.done()) {
        going[i]->out.finish();
      } else if (symbols[i]) {
        left.push_back(going[i]);
        predictors.push_back(going[i]->predictor.get());
        theirs.push_back(*symbols[i]);
      } else {
        told.push_back(going[i]);
      }
    }
    const std::size_t size = start_->alphabet_size();
    start_->update_each(predictors, theirs, std::span(log2_probs).first(left.size() * size));
    for (Going* one : told) {
      one->predictor->log2_probs(std::span(log2_probs).subspan(left.size() * size, size));
      left.push_back(one);
    }
    going = std::move(left);
  }

  // Draws what follows and appends it. Returns the symbol that the predictor is to be updated by;
  // nothing where it has been told, or the sequence is done.
  std::optional<Symbol> advance(Going& going, std::span<const double> log2_probs) const {
    const Sequence& sequence = going.sequence;
    Continuation& out = going.out;
    Predictor& predictor = *going.predictor;
    const double coin = going.rng.uniform();
    const SamplerOptions& sampler = sampler_at(out.bytes().size());
    const Symbol symbol = going.limit
                              ? sample_within(*going.limit, predictor, log2_probs, sampler, coin)
                              : sample(log2_probs, sampler, coin);
    going.bits -= log2_probs[symbol];
    ++going.symbols;
    if (predictor.ends_text(symbol)) out.end_text();
    if (out.done()) return std::nullopt;
    const ByteView bytes = predictor.symbol_bytes(symbol);
    const std::size_t left = left_of_stride(sequence, out.bytes().size());
    if (bytes.size() < left) {
      if (going.limit) going.limit->append(bytes);
      out.append(bytes);
      return symbol;
    }
    out.append(bytes.first(left));
    if (out.done()) return std::nullopt;
    // Here a forced segment follows: what overruns into it was never seen.
    Bytes seen(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(left));
    const Bytes& forced = sequence.forced_segments[out.bytes().size() / sequence.stride - 1];
    seen.insert(seen.end(), forced.begin(), forced.end());
    predictor.observe(seen);
    if (going.limit) going.limit->append(seen);
    return std::nullopt;
  }

  // Of the generated byte in that place.
  [[nodiscard]] const SamplerOptions& sampler_at(std::size_t place) const {
    const std::size_t channel = place % (1 + of_channels_.size());
    return channel == 0 ? sampler_ : of_channels_[channel - 1];
  }

  std::unique_ptr<const Predictor> start_;
  SamplerOptions sampler_;
  std::vector<SamplerOptions> of_channels_;
  std::optional<CopyLimit> copy_limit_;
  bool heal_;
  std::size_t best_of_;
};

}  // namespace

std::unique_ptr<Method> make_sampling(std::unique_ptr<const Predictor> start,
                                      const SamplerOptions& sampler,
                                      std::optional<CopyLimit> copy_limit, bool heal,
                                      std::size_t best_of,
                                      std::vector<SamplerOptions> of_channels) {
  return std::make_unique<Sampling>(std::move(start), sampler, std::move(copy_limit), heal, best_of,
                                    std::move(of_channels));
}

namespace {

class DecoderSampling final : public Method {
 public:
  DecoderSampling(std::unique_ptr<const DecoderSampler> decoder_sampler, Bytes corpus,
                  std::size_t context_window)
      : sampler_(std::move(decoder_sampler)),
        corpus_(std::move(corpus)),
        context_window_(context_window) {}

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    ByteView prompt = sequence.prompt;
    if (context_window_ > 0) prompt = prompt.last(std::min(context_window_, prompt.size()));
    Bytes context = corpus_;
    context.insert(context.end(), prompt.begin(), prompt.end());
    out.append(sampler_->sample(context, sequence.count, rng));
  }

 private:
  std::unique_ptr<const DecoderSampler> sampler_;
  Bytes corpus_;
  std::size_t context_window_;
};

}  // namespace

std::unique_ptr<Method> make_decoder_sampling(std::unique_ptr<const DecoderSampler> decoder_sampler,
                                              Bytes corpus, std::size_t context_window) {
  return std::make_unique<DecoderSampling>(std::move(decoder_sampler), std::move(corpus),
                                           context_window);
}

}  // namespace zipdream
