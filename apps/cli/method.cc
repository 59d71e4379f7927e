// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/method.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "zipdream/error.h"
#include "apps/cli/load.h"
#include "generator/decoder_sampling.h"
#include "generator/sampling.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Of a search after a corpus: what went before is hidden, for what lies near is the cheapest to
// copy, and the text would go round in circles.
constexpr std::size_t kSearchWindow = 80;

constexpr std::size_t kFitted = 256;      // bytes that a temperature is fitted on
constexpr std::size_t kFittedParts = 16;  // of as many sequences at most

bool searches(MethodKind kind) { return kind == MethodKind::kBeam || kind == MethodKind::kSpans; }

// A model as a search wants it where the user doesn't say.
ModelOptions with_defaults(ModelOptions model, MethodKind kind, const MediaJob& job) {
  if (!searches(kind)) return model;
  if (!model.alphabet) model.alphabet = "seen";
  if (!model.context_window && !model.corpus.empty() && job.media() == Media::kText) model.context_window = kSearchWindow;
  return model;
}

// The end of what is given, cut off what comes before it: of one sequence the end of the corpus and
// its prompt, of many, which are alike, the ends of some.
TemperatureFit fit(const Spec& spec, PredictorOptions options, const MediaJob& job) {
  const auto sequences = job.sequences();
  const std::size_t parts = std::min(sequences.size(), kFittedParts);
  const std::size_t size = kFitted / parts;
  std::vector<Bytes> given;  // what of each part the model is not primed with
  for (std::size_t i = 0; i < parts; ++i) {
    given.push_back(sequences[i * sequences.size() / parts].prompt);
  }
  if (parts == 1 && given[0].size() < size) {
    const std::size_t missing = std::min(size - given[0].size(), options.corpus.size() / 2);
    const auto end = options.corpus.end();
    given[0].insert(given[0].begin(), end - static_cast<std::ptrdiff_t>(missing), end);
    options.corpus.resize(options.corpus.size() - missing);
  }
  std::vector<Example> examples;
  for (const Bytes& bytes : given) {
    const std::size_t most = options.corpus.empty() ? bytes.size() / 2 : bytes.size();
    const std::size_t predicted = std::min(size, most);
    examples.push_back(
        {ByteView(bytes).first(bytes.size() - predicted), ByteView(bytes).last(predicted)});
  }
  return fit_temperature(*make_predictor(spec, std::move(options)), examples);
}

// Throws a usage Error when there is too little to take spans from.
void check_source(const SpanOptions& spans, const ModelOptions& model, const MediaJob& job,
                  std::size_t corpus_size) {
  std::size_t size = corpus_size;
  if (model.corpus.empty()) {
    const auto prompt_size = [](const Sequence& sequence) { return sequence.prompt.size(); };
    size = prompt_size(std::ranges::min(job.sequences(), {}, prompt_size));
  }
  if (size >= spans.key + spans.span) return;
  throw usage_error(
      fmt::format("{}: {} bytes are fewer than --match-length {} and --span-len {} take; give more, or "
                  "smaller ones",
                  model.corpus.empty() ? "the prompt" : model.corpus, size, spans.key, spans.span));
}

// Only draws symbol by symbol can stop for what is given in between.
void check_sequences(MethodKind kind, const MediaJob& job) {
  const auto is_cut = [](const Sequence& sequence) { return !sequence.between.empty(); };
  if (kind == MethodKind::kSample || std::ranges::none_of(job.sequences(), is_cut)) return;
  throw usage_error(fmt::format(
      "--rows joint: is for --method sample, not {}; take --rows independent or --prompt-side top",
      method_name(kind)));
}

SearchStart search_start(const Spec& spec, PredictorOptions options,
                         std::optional<CopyLimit> limit) {
  const std::size_t window = options.context_window;
  return {make_scorer(spec, std::move(options)), window, std::move(limit)};
}

std::unique_ptr<Method> make_method(const MethodOptions& options, const ModelOptions& model,
                                    const SamplerOptions& sampler, PredictorOptions primed,
                                    std::optional<CopyLimit> limit, const MediaJob& job) {
  if (options.kind == MethodKind::kBeam) {
    return make_beam_search(search_start(model.spec, std::move(primed), std::move(limit)),
                            beam_options(options, sampler));
  }
  if (options.kind == MethodKind::kSpans) {
    const SpanOptions spans = span_options(options, sampler);
    Bytes corpus = primed.corpus;
    check_source(spans, model, job, corpus.size());
    return make_span_search(search_start(model.spec, std::move(primed), std::move(limit)),
                            std::move(corpus), spans);
  }
  auto start = make_predictor(model.spec, std::move(primed));
  tell_how(model, model.spec, *start);
  return make_sampling(std::move(start), sampler, std::move(limit));
}

}  // namespace

LoadedMethod load_method(const MethodOptions& options, const ModelOptions& given,
                         const SamplingOptions& sampling, Bytes corpus, const MediaJob& job) {
  check_sequences(options.kind, job);
  ModelOptions model = with_defaults(given, options.kind, job);
  LoadedMethod loaded{.sampler = sampling.sampler};
  const std::size_t used = model.corpus_bytes > 0 ? std::min(model.corpus_bytes, corpus.size()) : corpus.size();
  model.spec = adapted_spec(model, job, used);
  if (options.kind == MethodKind::kDream) {
    keep_window(model, corpus);
    loaded.method =
        make_decoder_sampling(make_decoder_sampler(model.spec), std::move(corpus), model.context_window.value_or(0));
    return loaded;
  }
  std::optional<CopyLimit> limit;
  if (options.max_copy > 0) {
    limit.emplace(options.max_copy);
    limit->append(corpus);
  }
  PredictorOptions primed = predictor_options(model, std::move(corpus), job.media(), all_prompts(job));
  if (sampling.fit_temperature) {
    loaded.fit = fit(model.spec, primed, job);
    loaded.sampler.temperature = loaded.fit->temperature;
  }
  loaded.method =
      make_method(options, model, loaded.sampler, std::move(primed), std::move(limit), job);
  return loaded;
}

}  // namespace zipdream
