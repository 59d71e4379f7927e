// SPDX-License-Identifier: Apache-2.0
#include "cli/method.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cli/load.h"
#include "generator/dream/dreaming.h"
#include "generator/sampling.h"
#include "models/registry.h"

namespace zipdream {
namespace {

// Of a search after a corpus: what went before is hidden, for what lies near is the cheapest to
// copy, and the text would go round in circles.
constexpr std::size_t kSearchTail = 80;

constexpr std::size_t kFitted = 256;      // bytes that a temperature is fitted on
constexpr std::size_t kFittedParts = 16;  // of as many strands at most

bool searches(MethodKind kind) { return kind == MethodKind::kBeam || kind == MethodKind::kSpans; }

// A model as a search wants it where the user doesn't say.
ModelOptions with_defaults(ModelOptions model, MethodKind kind, const MediaJob& job) {
  if (!searches(kind)) return model;
  if (!model.alphabet) model.alphabet = "seen";
  if (!model.tail && !model.corpus.empty() && job.media() == Media::kText) model.tail = kSearchTail;
  return model;
}

// The end of what is given, cut off what comes before it: of one strand the end of the corpus and
// its prompt, of many, which are alike, the ends of some.
TemperatureFit fit(std::string_view spec, PredictorOptions law, const MediaJob& job) {
  const auto strands = job.strands();
  const std::size_t parts = std::min(strands.size(), kFittedParts);
  const std::size_t size = kFitted / parts;
  std::vector<Bytes> given;  // what of each part the model is not primed with
  for (std::size_t i = 0; i < parts; ++i) {
    given.push_back(strands[i * strands.size() / parts].prompt);
  }
  if (parts == 1 && given[0].size() < size) {
    const std::size_t missing = std::min(size - given[0].size(), law.bytes.corpus.size() / 2);
    const auto end = law.bytes.corpus.end();
    given[0].insert(given[0].begin(), end - static_cast<std::ptrdiff_t>(missing), end);
    law.bytes.corpus.resize(law.bytes.corpus.size() - missing);
  }
  std::vector<Example> examples;
  for (const Bytes& bytes : given) {
    const std::size_t most = law.bytes.corpus.empty() ? bytes.size() / 2 : bytes.size();
    const std::size_t predicted = std::min(size, most);
    examples.push_back(
        {ByteView(bytes).first(bytes.size() - predicted), ByteView(bytes).last(predicted)});
  }
  return fit_temperature(*make_model(spec, std::move(law)), examples);
}

// Throws a usage Error when there is too little to take spans from.
void check_source(const SpanOptions& spans, const ModelOptions& model, const MediaJob& job,
                  std::size_t corpus_size) {
  std::size_t size = corpus_size;
  if (model.corpus.empty()) {
    const auto prompt_size = [](const Strand& strand) { return strand.prompt.size(); };
    size = prompt_size(std::ranges::min(job.strands(), {}, prompt_size));
  }
  if (size >= spans.key + spans.span) return;
  throw usage_error(
      fmt::format("{}: {} bytes are fewer than --key {} and --span-len {} take; give more, or "
                  "smaller ones",
                  model.corpus.empty() ? "the prompt" : model.corpus, size, spans.key, spans.span));
}

// Only draws symbol by symbol can stop for what is given in between.
void check_strands(MethodKind kind, const MediaJob& job) {
  const auto is_cut = [](const Strand& strand) { return !strand.between.empty(); };
  if (kind == MethodKind::kSample || std::ranges::none_of(job.strands(), is_cut)) return;
  throw usage_error(fmt::format(
      "--rows joint: is for --method sample, not {}; take --rows independent or --given top",
      method_name(kind)));
}

SearchStart search_start(std::string_view spec, PredictorOptions law,
                         std::optional<CopyLimit> limit) {
  const std::size_t tail = law.bytes.tail;
  return {make_model_scorer(spec, std::move(law)), tail, std::move(limit)};
}

std::unique_ptr<Method> make_method(const MethodOptions& options, const ModelOptions& model,
                                    const SamplerOptions& sampler, PredictorOptions law,
                                    std::optional<CopyLimit> limit, const MediaJob& job) {
  if (options.kind == MethodKind::kBeam) {
    return make_beam_search(search_start(model.spec, std::move(law), std::move(limit)),
                            beam_options(options, sampler));
  }
  if (options.kind == MethodKind::kSpans) {
    const SpanOptions spans = span_options(options, sampler);
    Bytes corpus = law.bytes.corpus;
    check_source(spans, model, job, corpus.size());
    return make_span_search(search_start(model.spec, std::move(law), std::move(limit)),
                            std::move(corpus), spans);
  }
  auto predictor = make_model(model.spec, std::move(law));
  tell_how(model, model.spec, *predictor);
  return make_sampling(std::move(predictor), sampler, std::move(limit));
}

}  // namespace

LoadedMethod load_method(const MethodOptions& options, const ModelOptions& given,
                         const SamplingOptions& sampling, Bytes corpus, const MediaJob& job) {
  check_strands(options.kind, job);
  ModelOptions model = with_defaults(given, options.kind, job);
  LoadedMethod loaded{.sampler = sampling.sampler};
  const std::size_t used = model.window > 0 ? std::min(model.window, corpus.size()) : corpus.size();
  model.spec = shaped_spec(model, job, used);
  if (options.kind == MethodKind::kDream) {
    keep_window(model, corpus);
    loaded.method =
        make_dreaming(make_model_dreamer(model.spec), std::move(corpus), model.tail.value_or(0));
    return loaded;
  }
  std::optional<CopyLimit> limit;
  if (options.max_copy > 0) {
    limit.emplace(options.max_copy);
    limit->append(corpus);
  }
  PredictorOptions law = predictor_options(model, std::move(corpus), job.media(), all_prompts(job));
  if (sampling.fit_temperature) {
    loaded.fit = fit(model.spec, law, job);
    loaded.sampler.temperature = loaded.fit->temperature;
  }
  loaded.method =
      make_method(options, model, loaded.sampler, std::move(law), std::move(limit), job);
  return loaded;
}

}  // namespace zipdream
