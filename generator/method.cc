// SPDX-License-Identifier: Apache-2.0
#include "generator/method.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"
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

std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                            std::uint64_t seed, const OnGenerated& on_generated,
                            const Endings& endings) {
  std::vector<Bytes> continuations(sequences.size());
  try {
    parallel_for(sequences.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        Continuation continuation(
            sequences[i].count, endings, [&](ByteView bytes) { on_generated(i, bytes); },
            continuations[i]);
        try {
          method.continue_sequence(sequences[i], Rng(seed, i), continuation);
        } catch (const Interrupted&) {
          continuation.finish();
          throw;
        }
        continuation.finish();
      }
    });
  } catch (const Interrupted&) {
    // Kept: what every sequence had.
  }
  return continuations;
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
           std::optional<CopyLimit> copy_limit, bool heal)
      : start_(std::move(start)),
        sampler_(sampler),
        copy_limit_(std::move(copy_limit)),
        heal_(heal) {}

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    const std::unique_ptr<Predictor> predictor = after_prompt(sequence, rng, out);
    std::optional<CopyLimit> limit = copy_limit_;
    if (limit) {
      limit->append(sequence.prompt);
      limit->append(out.bytes());
    }
    std::vector<double> log2_probs(predictor->alphabet_size());
    while (!out.done()) {
      check_interrupt();
      predictor->log2_probs(log2_probs);
      const double coin = rng.uniform();
      const Symbol symbol = limit ? sample_within(*limit, *predictor, log2_probs, sampler_, coin)
                                  : sample(log2_probs, sampler_, coin);
      if (predictor->ends_text(symbol)) out.end_text();
      if (out.done()) break;
      const ByteView bytes = predictor->symbol_bytes(symbol);
      const std::size_t left = left_of_stride(sequence, out.bytes().size());
      if (bytes.size() < left) {
        predictor->update(symbol);
        if (limit) limit->append(bytes);
        out.append(bytes);
        continue;
      }
      out.append(bytes.first(left));
      if (out.done()) break;
      // Here a forced segment follows: what overruns into it was never seen.
      Bytes seen(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(left));
      const Bytes& forced = sequence.forced_segments[out.bytes().size() / sequence.stride - 1];
      seen.insert(seen.end(), forced.begin(), forced.end());
      predictor->observe(seen);
      if (limit) limit->append(seen);
    }
  }

 private:
  // The predictor after the prompt, and after the rest of the symbol that the prompt ends within.
  std::unique_ptr<Predictor> after_prompt(const Sequence& sequence, Rng& rng,
                                          Continuation& out) const {
    std::unique_ptr<OpenEnd> open;
    if (heal_ && sequence.forced_segments.empty()) open = start_->open_end(sequence.prompt);
    if (open == nullptr) {
      std::unique_ptr<Predictor> predictor = start_->clone();
      predictor->observe(sequence.prompt);
      return predictor;
    }
    const Symbol way = sample(open->log2_probs(), sampler_, rng.uniform());
    out.append(open->bytes(way));
    return open->after(way);
  }

  std::unique_ptr<const Predictor> start_;
  SamplerOptions sampler_;
  std::optional<CopyLimit> copy_limit_;
  bool heal_;
};

}  // namespace

std::unique_ptr<Method> make_sampling(std::unique_ptr<const Predictor> start,
                                      const SamplerOptions& sampler,
                                      std::optional<CopyLimit> copy_limit, bool heal) {
  return std::make_unique<Sampling>(std::move(start), sampler, std::move(copy_limit), heal);
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
