// SPDX-License-Identifier: Apache-2.0
#include "generator/load_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "generator/own_order.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Of a search after a corpus: what went before is hidden, for what lies near is the cheapest to
// copy, and the text would go round in circles.
constexpr std::size_t kSearchWindow = 80;

constexpr std::size_t kFittedBytes = 256;  // that a temperature is fitted on
constexpr std::size_t kFittedParts = 16;   // of as many sequences at most

constexpr std::size_t kMaxBestOf = 1000;

constexpr std::size_t kMaxPixelWidth = 65536;
constexpr std::size_t kMaxPixelChannels = 4;

bool searches(MethodKind kind) { return kind == MethodKind::kBeam || kind == MethodKind::kSpans; }

// A model as a search wants it where the user doesn't say.
ModelRequest with_defaults(ModelRequest model, MethodKind kind, const MediaJob& job) {
  if (!searches(kind)) return model;
  if (!model.alphabet) model.alphabet = "seen";
  const bool may_hide = !model.corpus.empty() && job.media() == Media::kText;
  if (!model.context_window && may_hide) model.context_window = kSearchWindow;
  return model;
}

// The end of what is given, cut off what comes before it: of one sequence the end of the corpus and
// its prompt, of many, which are alike, the ends of some.
TemperatureFit fit(const Spec& spec, PredictorOptions options, const MediaJob& job) {
  const auto sequences = job.sequences();
  const std::size_t parts = std::min(sequences.size(), kFittedParts);
  const std::size_t size = kFittedBytes / parts;
  std::vector<Bytes> prompts;  // what of each part the model is not primed with
  for (std::size_t i = 0; i < parts; ++i) {
    prompts.push_back(sequences[i * sequences.size() / parts].prompt);
  }
  if (parts == 1 && prompts[0].size() < size) {
    const std::size_t missing = std::min(size - prompts[0].size(), options.corpus.size() / 2);
    const auto end = options.corpus.end();
    prompts[0].insert(prompts[0].begin(), end - static_cast<std::ptrdiff_t>(missing), end);
    options.corpus.resize(options.corpus.size() - missing);
  }
  std::vector<Example> examples;
  for (const Bytes& bytes : prompts) {
    const std::size_t most = options.corpus.empty() ? bytes.size() / 2 : bytes.size();
    const std::size_t predicted = std::min(size, most);
    examples.push_back(
        {ByteView(bytes).first(bytes.size() - predicted), ByteView(bytes).last(predicted)});
  }
  return fit_temperature(*make_predictor(spec, std::move(options)), examples);
}

// Throws a usage Error when there is too little to take spans from.
void check_source(const SpanOptions& spans, const ModelRequest& model, const MediaJob& job) {
  std::size_t size = seen_corpus(model).size();
  if (model.corpus.empty()) {
    const auto sequences = job.sequences();
    size = std::min_element(sequences.begin(), sequences.end(),
                            [](const Sequence& a, const Sequence& b) {
                              return a.prompt.size() < b.prompt.size();
                            })
               ->prompt.size();
  }
  if (size >= spans.key + spans.span) return;
  throw Error(Error::Kind::kUsage, model.corpus.empty() ? "the prompt" : "the corpus",
              fmt::format("{} bytes are fewer than `match_length` {} and `span` {} take", size,
                          spans.key, spans.span),
              "give more, or smaller ones");
}

// Only draws symbol by symbol can stop for what is given in between.
void check_sequences(MethodKind kind, const MediaJob& job) {
  const auto sequences = job.sequences();
  const bool is_cut = std::any_of(sequences.begin(), sequences.end(), [](const Sequence& sequence) {
    return !sequence.forced_segments.empty();
  });
  if (kind == MethodKind::kSample || !is_cut) return;
  throw Error::of_option("rows", "joint",
                         fmt::format("is for `method` sample, not {}", name_of(kind)),
                         "take `rows` independent or `prompt_side` top");
}

SearchStart search_start(const Spec& spec, PredictorOptions options,
                         std::optional<CopyLimit> limit) {
  const std::size_t window = options.context_window;
  return {make_scorer(spec, std::move(options)), window, std::move(limit)};
}

std::optional<CopyLimit> copy_limit(const MethodRequest& method, const ModelRequest& model) {
  if (method.max_copy == 0) return std::nullopt;
  CopyLimit limit(method.max_copy);
  limit.append(model.corpus);
  return limit;
}

// The samplers of a pixel's further bytes; none where all have the same.
std::vector<SamplerOptions> samplers_of_colours(const MethodRequest& method, const MediaJob& job) {
  if (method.colour_temperature == 1) return {};
  const std::size_t channels = job.media() == Media::kImage ? job.samples()->channels : 1;
  if (channels == 1) {
    throw Error::of_option("colour_temperature", "", "is for images in colour", "leave it out");
  }
  if (job.sequences().front().prompt.size() % channels != 0) {
    throw Error::of_option("prompt", "", "ends within a pixel", "give whole ones");
  }
  SamplerOptions sampler = method.sampler;
  sampler.temperature *= method.colour_temperature;
  if (sampler.unsure_temperature) *sampler.unsure_temperature *= method.colour_temperature;
  check_sampler(sampler);
  return std::vector<SamplerOptions>(channels - 1, sampler);
}

void make_method(const MethodRequest& method, PredictorOptions options,
                 std::optional<CopyLimit> limit, const MediaJob& job, LoadedMethod& loaded) {
  if (method.kind == MethodKind::kBeam) {
    loaded.method = make_beam_search(
        search_start(loaded.spec, std::move(options), std::move(limit)), beam_options(method));
    return;
  }
  if (method.kind == MethodKind::kSpans) {
    Bytes corpus = options.corpus;
    loaded.method =
        make_span_search(search_start(loaded.spec, std::move(options), std::move(limit)),
                         std::move(corpus), span_options(method));
    return;
  }
  auto start = make_predictor(loaded.spec, std::move(options));
  if (!method.heal && is_bytewise(*start)) {
    throw Error::of_option(
        "heal", "", "is for models over tokens, and this one's symbols are bytes", "leave it out");
  }
  loaded.description = start->describe();
  // A model that takes no such sequence says so before the work begins.
  static_cast<void>(in_order(*start, job.sequences().front()));
  loaded.method = make_sampling(std::move(start), method.sampler, std::move(limit), method.heal,
                                method.best_of, samplers_of_colours(method, job));
}

// What shapes a distribution can't shape a dream, in which nobody sees one.
void check_dream(const MethodRequest& method, const ModelRequest& model) {
  const auto refuse = [](bool is_set, const char* option) {
    if (!is_set) return;
    throw Error::of_option(option, "", "a dream takes what the decoder gives",
                           "leave it out, or take `method` sample");
  };
  const SamplerOptions plain;
  const SamplerOptions& sampler = method.sampler;
  refuse(method.fit_temperature || sampler.temperature != plain.temperature ||
             sampler.unsure_temperature,
         "temperature");
  refuse(sampler.top_k != plain.top_k, "top_k");
  refuse(sampler.top_p != plain.top_p, "top_p");
  refuse(sampler.min_p != plain.min_p, "min_p");
  refuse(method.max_copy > 0, "max_copy");
  refuse(model.alphabet.has_value(), "alphabet");
  refuse(model.probs == Probs::kLengths, "probs");
  refuse(model.units.has_value(), "units");
}

}  // namespace

std::string_view name_of(MethodKind kind) {
  switch (kind) {
    case MethodKind::kBeam:
      return "beam";
    case MethodKind::kSpans:
      return "spans";
    case MethodKind::kDream:
      return "dream";
    case MethodKind::kSample:
      break;
  }
  return "sample";
}

void check_method(const MethodRequest& method, const ModelRequest& model) {
  const auto check = [&](bool is_set, const char* option, MethodKind kind) {
    if (!is_set || method.kind == kind) return;
    throw Error::of_option(option, "", fmt::format("is for `method` {}", name_of(kind)),
                           "leave it out, or take that method");
  };
  check(!method.heal, "heal", MethodKind::kSample);
  check(method.best_of != 1, "best_of", MethodKind::kSample);
  check(method.colour_temperature != 1, "colour_temperature", MethodKind::kSample);
  if (method.best_of < 1 || method.best_of > kMaxBestOf) {
    throw Error::of_option("best_of", std::to_string(method.best_of),
                           fmt::format("must be 1 to {}", kMaxBestOf), "take fewer");
  }
  check(method.horizon.has_value(), "horizon", MethodKind::kBeam);
  check(method.beam_width.has_value(), "beam_width", MethodKind::kBeam);
  check(method.span.has_value(), "span", MethodKind::kSpans);
  check(method.match_length.has_value(), "match_length", MethodKind::kSpans);
  check_sampler(method.sampler);
  if (!(method.colour_temperature >= 0 && method.colour_temperature <= 1000)) {
    throw Error::of_option("colour_temperature", fmt::format("{}", method.colour_temperature),
                           "must be 0 to 1000", "");
  }
  if (method.kind == MethodKind::kDream) check_dream(method, model);
  const std::size_t span = span_options(method).span;
  if (method.kind == MethodKind::kSpans && method.max_copy > 0 && method.max_copy < span) {
    throw Error::of_option("max_copy", std::to_string(method.max_copy),
                           fmt::format("no span of {} bytes could be taken", span),
                           "raise it, or lower `span`");
  }
}

BeamOptions beam_options(const MethodRequest& method) {
  BeamOptions beams{.sampler = method.sampler};
  beams.horizon = method.horizon.value_or(beams.horizon);
  beams.width = method.beam_width.value_or(beams.width);
  return beams;
}

SpanOptions span_options(const MethodRequest& method) {
  SpanOptions spans{.sampler = method.sampler};
  spans.span = method.span.value_or(spans.span);
  spans.key = method.match_length.value_or(spans.key);
  return spans;
}

LoadedMethod load_method(const MethodRequest& request, const ModelRequest& asked,
                         const MediaJob& job) {
  check_sequences(request.kind, job);
  MethodRequest method = request;
  const ModelRequest model = with_defaults(asked, method.kind, job);
  LoadedMethod loaded{.sampler = method.sampler,
                      .spec = spec_for(model, job),
                      .may_fail = method.max_copy > 0 || method.kind == MethodKind::kDream};
  if (method.kind == MethodKind::kDream) {
    const ByteView corpus = seen_corpus(model);
    loaded.method = make_decoder_sampling(make_decoder_sampler(loaded.spec),
                                          Bytes(corpus.begin(), corpus.end()),
                                          model.context_window.value_or(0));
    return loaded;
  }
  if (method.kind == MethodKind::kSpans) check_source(span_options(method), model, job);
  PredictorOptions options = predictor_options(model, job);
  if (method.fit_temperature) {
    loaded.fit = fit(loaded.spec, options, job);
    method.sampler.temperature = loaded.fit->temperature;
    loaded.sampler = method.sampler;
  }
  make_method(method, std::move(options), copy_limit(method, model), job, loaded);
  return loaded;
}

namespace {

std::unique_ptr<MediaJob> job_of(const GenerateRequest& request) {
  if (!request.pixels) return make_text_job(request.prompt, request.count);
  const auto& [width, channels] = *request.pixels;
  const auto check = [](const char* option, std::size_t value, std::size_t most) {
    if (value >= 1 && value <= most) return;
    throw Error::of_option(option, std::to_string(value), fmt::format("must be 1 to {}", most), "");
  };
  check("width", width, kMaxPixelWidth);
  check("channels", channels, kMaxPixelChannels);
  return make_bare_job(request.prompt, request.count,
                       {.rows = RowShape{.width = width, .channels = channels},
                        .samples = SampleShape{.format = SampleFormat::kU8, .channels = channels}});
}

}  // namespace

GenerateResult generate(const GenerateRequest& request) {
  if (request.prompt.empty() && request.model.corpus.empty() && !can_begin(request.model.spec)) {
    throw Error::of_option("prompt", "", "is empty", "give some text, or a corpus to continue");
  }
  for (const std::string& stop : request.endings.stops) {
    if (stop.empty()) throw Error::of_option("stop", "", "is empty", "leave it out");
  }
  check_method(request.method, request.model);
  const auto job = job_of(request);
  LoadedMethod loaded = load_method(request.method, request.model, *job);
  std::vector<Bytes> continuations = generate(
      *loaded.method, job->sequences(), request.seed,
      [&](std::size_t /*sequence*/, ByteView bytes) {
        if (request.on_generated) request.on_generated(bytes);
      },
      request.endings);
  return {.bytes = std::move(continuations.front()),
          .sampler = loaded.sampler,
          .fit = loaded.fit,
          .probs = probs_name(request.model)};
}

namespace {

constexpr std::size_t kFewestSymbols = 16;
constexpr double kMinTemperature = 0.1;  // the loss has no minimum where the model is always right
constexpr double kMaxTemperature = 10;
constexpr int kSteps = 32;  // of the search; each makes its interval 0.618 times as long

// A distribution and what came.
struct Outcome {
  std::vector<double> log2_probs;
  Symbol symbol = 0;
};

// In the predictor's own tokens.
std::vector<Outcome> token_outcomes_of(const Predictor& start, const Example& example) {
  std::vector<Outcome> outcomes;
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(example.context);
  std::vector<Symbol> symbols;
  for (const auto& [symbol, bytes] : predictor->tokenize(example.predicted))
    symbols.push_back(symbol);
  predictor->teacher_force(symbols, [&](std::span<const double> before) {
    outcomes.push_back({{before.begin(), before.end()}, symbols[outcomes.size()]});
  });
  return outcomes;
}

// Bytes that have no symbol are passed over.
std::vector<Outcome> outcomes_of(const Predictor& start, const ByteSymbols& symbols,
                                 const Example& example) {
  std::vector<Outcome> outcomes;
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(example.context);
  for (const Byte& byte : example.predicted) {
    check_interrupt();
    if (symbols[byte]) {
      outcomes.push_back({std::vector<double>(predictor->alphabet_size()), *symbols[byte]});
      predictor->log2_probs(outcomes.back().log2_probs);
    }
    predictor->observe({&byte, 1});
  }
  return outcomes;
}

// The mean of -log2 P(symbol) at a temperature of 1 / `sharpness`.
double loss(std::span<const Outcome> outcomes, double sharpness) {
  std::vector<double> losses(outcomes.size());
  parallel_for(outcomes.size(), 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::vector<double>& log2_probs = outcomes[i].log2_probs;
      const double highest = *std::max_element(log2_probs.begin(), log2_probs.end());
      double sum = 0;
      for (const double value : log2_probs) sum += portable_exp2((value - highest) * sharpness);
      losses[i] = portable_log2(sum) - (log2_probs[outcomes[i].symbol] - highest) * sharpness;
    }
  });
  double sum = 0;
  for (const double value : losses) sum += value;
  return sum / static_cast<double>(outcomes.size());
}

// Golden-section search. The loss is convex in the sharpness, a log of a sum of exponentials less a
// line, so it has one minimum.
double best_sharpness(std::span<const Outcome> outcomes) {
  constexpr double kGolden = 0.6180339887498949;
  double low = 1 / kMaxTemperature;
  double high = 1 / kMinTemperature;
  double a = high - kGolden * (high - low);
  double b = low + kGolden * (high - low);
  double loss_a = loss(outcomes, a);
  double loss_b = loss(outcomes, b);
  for (int i = 0; i < kSteps; ++i) {
    if (loss_a <= loss_b) {
      high = b;
      b = a;
      loss_b = loss_a;
      a = high - kGolden * (high - low);
      loss_a = loss(outcomes, a);
    } else {
      low = a;
      a = b;
      loss_a = loss_b;
      b = low + kGolden * (high - low);
      loss_b = loss(outcomes, b);
    }
  }
  return (low + high) / 2;
}

double with_three_digits(double value) {
  const double unit = value < 1 ? 1000 : 100;
  return std::nearbyint(value * unit) / unit;
}

}  // namespace

TemperatureFit fit_temperature(const Predictor& start, std::span<const Example> examples) {
  const bool is_in_alphabet = is_subword(start);
  const ByteSymbols symbols = byte_symbols(start);
  std::vector<std::vector<Outcome>> parts(examples.size());
  parallel_for(examples.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      parts[i] = is_in_alphabet ? token_outcomes_of(start, examples[i])
                                : outcomes_of(start, symbols, examples[i]);
    }
  });
  std::vector<Outcome> outcomes;
  for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(outcomes));
  if (outcomes.size() < kFewestSymbols) {
    throw Error::of_option("temperature", "auto", "there is too little to fit it on",
                           "give a longer prompt, or a number");
  }
  const double temperature = with_three_digits(1 / best_sharpness(outcomes));
  return {.temperature = temperature,
          .symbols = outcomes.size(),
          .bits = loss(outcomes, 1),
          .fitted_bits = loss(outcomes, 1 / temperature)};
}

}  // namespace zipdream
