// SPDX-License-Identifier: Apache-2.0
#include "experiments/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/process.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "codecs/common/predictors.h"
#include "experiments/surprisal_trace.h"
#include "generator/load_method.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "generator/sample_metrics.h"
#include "generator/score.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {

std::vector<bool> choices_of(const Variant& variant) {
  const Predictor& predictor = *variant.predictor;
  for (std::size_t i = 0; i < predictor.alphabet_size(); ++i) {
    if (predictor.symbol_bytes(static_cast<Symbol>(i)).size() != 1)
      return std::vector<bool>(256, true);
  }
  std::vector<bool> choices;
  for (const auto& symbol : byte_symbols(predictor)) choices.push_back(symbol.has_value());
  return choices;
}

namespace {

std::size_t bytes_of(std::span<const Bytes> continuations) {
  std::size_t total = 0;
  for (const Bytes& bytes : continuations) total += bytes.size();
  return total;
}

void check_alphabets(std::span<const Variant> all, std::span<const Bytes> reference) {
  std::vector<const Variant*> variants;
  for (const Variant& variant : all) {
    if (variant.failure.empty()) variants.push_back(&variant);
  }
  const std::vector<bool> first = choices_of(*variants[0]);
  for (const Variant* variant : variants) {
    const std::vector<bool> others = choices_of(*variant);
    if (others == first) continue;
    throw Error::of_option(
        "alphabet", "",
        fmt::format(
            "{} chooses among {} bytes and {} among {} that are not the same, so their bits "
            "can't be compared",
            variants[0]->name.name, std::ranges::count(first, true), variant->name.name,
            std::ranges::count(others, true)),
        "give both the same");
  }
  for (const Bytes& bytes : reference) {
    // By any of them: their choices are alike.
    const auto at = find_unencodable_byte(*variants[0]->predictor, bytes);
    if (!at) continue;
    throw Error::of_option(
        "alphabet", "",
        fmt::format("lacks the byte 0x{:02x} '{}' at position {}, counted from 0, of the reference "
                    "continuation",
                    bytes[*at], terminal_text({&bytes[*at], 1}, true), *at),
        "add it, or take all bytes");
  }
}

std::optional<double> mean_difference(const MediaJob& job, std::span<const Bytes> continuations) {
  if (job.media() != Media::kImage || job.reference().empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < continuations.size(); ++i) {
    for (std::size_t j = 0; j < continuations[i].size(); ++j) {
      sum += static_cast<std::uint64_t>(std::abs(continuations[i][j] - job.reference()[i][j]));
    }
  }
  return static_cast<double>(sum) / static_cast<double>(bytes_of(continuations));
}

bool is_unencodable(const Predictor& predictor, std::span<const Bytes> continuations) {
  return std::ranges::any_of(continuations, [&](const Bytes& bytes) {
    return find_unencodable_byte(predictor, bytes).has_value();
  });
}

// Bytes of a text whose sources are found: each takes a walk through all that was seen.
constexpr std::size_t kMaxTraced = 1000;

// Lets one variant do the job.
class Runner {
 public:
  Runner(const Variant& variant, const MediaJob& job, const CompareRequest& request)
      : variant_(variant),
        job_(job),
        request_(request),
        progress_(variant.name.name, work(job, request), "bytes", !request.show_progress) {}

  // Puts what is finished into `run`. Throws Interrupted when the user asks to stop.
  void finish(VariantRun& run) {
    try {
      if (!job_.reference().empty()) run.reference = trace_all(job_.reference());
    } catch (const Error& error) {
      run.failure = explain(error);  // it could make no sample either, or none that counts
      return;
    }
    if (!make_together(run.samples)) {
      for (std::size_t i = 0; i < request_.samples; ++i) {
        run.samples.push_back(make_sample(request_.seed + i));
      }
    }
    const bool all_failed = std::ranges::all_of(
        run.samples, [](const Sample& sample) { return !sample.failure.empty(); });
    if (!run.reference && all_failed) check_prompts(run);
  }

 private:
  static std::size_t work(const MediaJob& job, const CompareRequest& request) {
    std::size_t count = 0;
    for (const Sequence& sequence : job.sequences()) count += sequence.count;
    return bytes_of(job.reference()) + 2 * request.samples * count;  // made, then scored
  }

  [[nodiscard]] std::string explain(const Error& error) const {
    return request_.explain ? request_.explain(error) : error.what();
  }

  // Whether it was the prompt that no sample could go on from.
  void check_prompts(VariantRun& run) const {
    try {
      for (const Sequence& sequence : job_.sequences()) {
        variant_.predictor->clone()->observe(sequence.prompt);
      }
    } catch (const Error& error) {
      run.failure = explain(error);
    }
  }

  SurprisalTrace trace_all(std::span<const Bytes> continuations) {
    const bool is_text = job_.media() == Media::kText;
    const std::size_t traced = is_text ? std::min(request_.detailed, kMaxTraced) : 0;
    SurprisalTrace trace = trace_surprisal(
        *variant_.predictor, job_.sequences(), continuations, request_.detailed,
        [this] { progress_.add(); }, traced);
    const std::uint64_t seen =
        seen_corpus(request_.model).size() + job_.sequences().front().prompt.size();
    for (Sources& sources : trace.sources) {
      for (Source& source : sources.list) source.at -= seen;
    }
    return trace;
  }

  // All samples in one go, where a model reads its weights once for all of them; the same as one by
  // one. Returns false where it doesn't, or where there is a failure, which may be of one alone.
  bool make_together(std::vector<Sample>& samples) {
    const bool together = variant_.method->continues_together() && !variant_.may_fail;
    if (request_.samples < 2 || !together) return false;
    std::vector<Sequence> sequences;
    std::vector<Rng> coins;
    for (std::size_t k = 0; k < request_.samples; ++k) {
      for (std::size_t i = 0; i < job_.sequences().size(); ++i) {
        sequences.push_back(job_.sequences()[i]);
        coins.emplace_back(request_.seed + k, i);
      }
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<Bytes> all;
    try {
      all = generate(*variant_.method, sequences, coins, counted());
    } catch (const Error&) {
      return false;
    }
    const double seconds = seconds_since(start) / static_cast<double>(request_.samples);
    const auto count = static_cast<std::ptrdiff_t>(job_.sequences().size());
    for (auto next = all.begin(); next != all.end(); next += count) {
      Sample sample{.seed = request_.seed + samples.size()};
      sample.continuations.assign(std::move_iterator(next), std::move_iterator(next + count));
      sample.seconds = seconds;
      measure_sample(sample);
      samples.push_back(std::move(sample));
    }
    return true;
  }

  Sample make_sample(std::uint64_t seed) {
    Sample sample{.seed = seed};
    const auto start = std::chrono::steady_clock::now();
    try {
      sample.continuations = generate(*variant_.method, job_.sequences(), seed, counted());
    } catch (const Error& error) {
      sample.failure = explain(error);
      return sample;
    }
    sample.seconds = seconds_since(start);
    measure_sample(sample);
    return sample;
  }

  // Throws Interrupted where the continuations may not be whole.
  void measure_sample(Sample& sample) {
    check_interrupt();
    sample.metrics = measure(seen_corpus(request_.model), job_.sequences(), sample.continuations);
    sample.mean_difference = mean_difference(job_, sample.continuations);
    if (!is_unencodable(*variant_.predictor, sample.continuations)) {
      sample.trace = trace_all(sample.continuations);
    }
  }

  [[nodiscard]] OnGenerated counted() {
    return [this](std::size_t /*sequence*/, ByteView bytes) { progress_.add(bytes.size()); };
  }

  static double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  const Variant& variant_;
  const MediaJob& job_;
  const CompareRequest& request_;
  Progress progress_;
};

// The mean of what is there.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  [[nodiscard]] std::optional<double> value() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / count_;
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

}  // namespace

double Sample::bytes_per_second() const {
  return static_cast<double>(metrics.bytes) / std::max(seconds, 1e-9);
}

Comparison compare(std::span<const Variant> variants, const MediaJob& job,
                   const CompareRequest& request) {
  check_alphabets(variants, job.reference());
  Comparison comparison;
  for (const Variant& variant : variants) {
    VariantRun run{.variant = variant.name, .failure = variant.failure};
    try {
      if (run.failure.empty()) Runner(variant, job, request).finish(run);
    } catch (const Interrupted&) {
      comparison.interrupted = true;
    }
    if (run.reference || !run.samples.empty() || !run.failure.empty()) {
      comparison.runs.push_back(std::move(run));
    }
    if (comparison.interrupted) break;
  }
  if (comparison.runs.empty()) throw Interrupted();
  return comparison;
}

Comparison compare(const CompareRequest& request) {
  if (request.prompt.empty() && request.model.corpus.empty() &&
      !std::ranges::all_of(request.models, can_begin)) {
    throw Error::of_option("prompt", "", "is empty", "give some text, or a corpus to continue");
  }
  const std::size_t scored = std::min(request.count, request.reference.size());
  if (request.samples == 0 && scored == 0) {
    throw Error::of_option("samples", "0", "without a reference nothing is compared",
                           "take 1 or more");
  }
  const auto end = request.reference.begin() + static_cast<std::ptrdiff_t>(scored);
  const auto job =
      make_text_job(request.prompt, request.count, Bytes(request.reference.begin(), end));
  return compare(load_variants(request, *job), *job, request);
}

std::optional<Overview> overview(const VariantRun& run) {
  Overview result;
  double bytes = 0;
  double total_seconds = 0;
  Mean seconds, copied, repeated, distinct, bits, difference;
  for (const Sample& sample : run.samples) {
    if (!sample.failure.empty()) continue;
    const SampleMetrics& metrics = sample.metrics;
    bytes += static_cast<double>(metrics.bytes);
    total_seconds += sample.seconds;
    result.longest_copied_run = std::max(result.longest_copied_run, metrics.longest_copied_run);
    seconds.add(sample.seconds);
    copied.add(metrics.copied_share);
    repeated.add(metrics.repeated_share);
    distinct.add(metrics.distinct_4grams);
    difference.add(sample.mean_difference);
    if (sample.trace) bits.add(sample.trace->per_byte());
  }
  if (!seconds.value()) return std::nullopt;
  result.seconds = *seconds.value();
  result.bytes_per_second = bytes / std::max(total_seconds, 1e-9);
  result.copied_share = copied.value().value_or(0);
  result.repeated_share = repeated.value().value_or(0);
  result.distinct_4grams = distinct.value();
  result.bits_per_byte = bits.value();
  result.mean_difference = difference.value();
  return result;
}

// What the models of a CompareRequest ask for, each with the options that it has a use for.

namespace {

// What may follow the @: where probabilities come from, or a method.
struct MethodName {
  std::string_view name;
  std::optional<Probs> probs;
  std::optional<Units> units;
  std::optional<MethodKind> method;
};

constexpr std::array kMethodNames = {
    MethodName{"bytes", Probs::kLengths, Units::kBytes, MethodKind::kSample},
    MethodName{"bits", Probs::kLengths, Units::kBits, MethodKind::kSample},
    MethodName{"tables", Probs::kTables, std::nullopt, MethodKind::kSample},
    MethodName{"sample", std::nullopt, std::nullopt, MethodKind::kSample},
    MethodName{"beam", std::nullopt, std::nullopt, MethodKind::kBeam},
    MethodName{"spans", std::nullopt, std::nullopt, MethodKind::kSpans},
    MethodName{"dream", std::nullopt, std::nullopt, MethodKind::kDream},
};

// What the spec's suffix names; null: as the options say.
const MethodName* method_of(const Spec& spec) {
  if (spec.suffix().empty()) return nullptr;
  const auto* const found = std::ranges::find(kMethodNames, spec.suffix(), &MethodName::name);
  if (found != kMethodNames.end()) return found;
  const std::vector<std::string_view> names = compare_methods();
  throw Error(Error::Kind::kUsage, spec.text(),
              fmt::format("@{} is none of @{}", spec.suffix(), fmt::join(names, ", @")),
              fmt::format("{}leave it out for the default", suggestion(spec.suffix(), names)));
}

// One of the models with its own options.
struct VariantRequest {
  std::string name;    // "gzip:9@beam"
  ModelRequest model;  // without the corpus, which may be large
  MethodRequest method;
};

ModelRequest without_corpus(const ModelRequest& model) {
  return {.spec = model.spec,
          .probs = model.probs,
          .units = model.units,
          .alphabet = model.alphabet,
          .corpus_bytes = model.corpus_bytes,
          .context_window = model.context_window,
          .special = model.special};
}

VariantRequest make_request(const Spec& spec, const CompareRequest& options) {
  VariantRequest request = {spec.text(), without_corpus(options.model), options.method};
  ModelRequest& model = request.model;
  const MethodName* const method = method_of(spec);
  model.spec = spec;
  model.spec.set_suffix("");
  if (method != nullptr) {
    if (method->probs) {
      model.probs = method->probs;
      model.units = method->units;
    }
    request.method.kind = method->method.value_or(options.method.kind);
  }
  if (model.spec.name() != "lm") model.special = false;
  const bool asked = method != nullptr && method->probs;
  if (!asked && !reads_codec(model.spec)) {  // what the options say of codecs is not said of it
    model.probs.reset();
    model.units.reset();
  }
  return request;
}

// Leaves the method what is its own.
void keep_own(MethodRequest& method) {
  if (method.kind != MethodKind::kBeam) {
    method.horizon.reset();
    method.beam_width.reset();
  }
  if (method.kind != MethodKind::kSpans) {
    method.span.reset();
    method.match_length.reset();
  }
  if (method.kind != MethodKind::kSample) method.best_of = 1;
  if (method.kind != MethodKind::kDream) return;
  method.max_copy = 0;
  method.sampler = {};
  method.fit_temperature = false;
}

// A dream sees no distribution; the model that scores its reference keeps the options.
ModelRequest model_of_method(const VariantRequest& request) {
  ModelRequest model = request.model;
  if (request.method.kind != MethodKind::kDream) return model;
  model.alphabet.reset();
  model.probs.reset();
  model.units.reset();
  return model;
}

// An option that no variant has a use for was meant for one: check_method() says for which.
void check_options_are_used(const std::vector<VariantRequest>& requests,
                            const CompareRequest& given) {
  const auto any = [&](auto&& test) { return std::ranges::any_of(requests, test); };
  const auto has_kind = [&](MethodKind kind) {
    return any([kind](const VariantRequest& request) { return request.method.kind == kind; });
  };
  VariantRequest all = {"", without_corpus(given.model), given.method};
  all.method.kind = MethodKind::kSample;
  if (has_kind(MethodKind::kBeam)) all.method.horizon = all.method.beam_width = std::nullopt;
  if (has_kind(MethodKind::kSpans)) all.method.span = all.method.match_length = std::nullopt;
  check_method(all.method, all.model);
  const bool all_dream =
      !any([](const VariantRequest& request) { return request.method.kind != MethodKind::kDream; });
  if (all_dream) {
    all.method = given.method;
    all.method.kind = MethodKind::kDream;
    check_method(all.method, model_of_method(all));
  }
  if (given.model.probs &&
      !any([](const VariantRequest& request) { return request.model.probs.has_value(); })) {
    throw Error::of_option("probs", "", "is for codecs", "leave it out");
  }
  if (given.model.special &&
      !any([](const VariantRequest& request) { return request.model.special; })) {
    throw Error::of_option("special", "", "is for language models with a tokenizer, lm:MODEL",
                           "leave it out");
  }
  if (given.model.units &&
      !any([](const VariantRequest& request) { return request.model.units.has_value(); })) {
    throw Error::of_option("units", "", "is for codecs by code lengths", "leave it out");
  }
}

std::vector<VariantRequest> parse(const CompareRequest& request) {
  if (request.models.empty()) {
    throw Error::of_option("models", "", "there are none to compare", "name one or more");
  }
  std::vector<VariantRequest> requests;
  for (const Spec& spec : request.models) requests.push_back(make_request(spec, request));
  check_options_are_used(requests, request);
  for (VariantRequest& each : requests) {
    keep_own(each.method);
    check_method(each.method, model_of_method(each));
  }
  return requests;
}

}  // namespace

std::vector<std::string_view> compare_methods() {
  std::vector<std::string_view> names;
  names.reserve(kMethodNames.size());
  for (const MethodName& known : kMethodNames) names.push_back(known.name);
  return names;
}

void check_compare(const CompareRequest& request) { static_cast<void>(parse(request)); }

namespace {

Variant load_variant(const VariantRequest& request, const MediaJob& job) {
  LoadedMethod loaded = load_method(request.method, model_of_method(request), job);
  Variant variant;
  variant.name.temperature = loaded.sampler.temperature;
  variant.spec = spec_for(request.model, job);
  variant.method = std::move(loaded.method);
  variant.may_fail = loaded.may_fail;
  variant.predictor = load_model(request.model, job);
  return variant;
}

VariantName name_of(const VariantRequest& request, double temperature) {
  return {.name = request.name,
          .model = request.model.spec.text(),
          .method = std::string(name_of(request.method.kind)),
          .probs = probs_name(request.model),
          .members = member_names(request.model.spec),
          .has_probs_of_its_own = request.method.kind == MethodKind::kSample,
          .temperature = temperature};
}

// Without an alphabet that was asked for, what a vocabulary lacks is the model's own failure.
void fail_narrow_vocabularies(std::vector<Variant>& variants) {
  const Variant* widest = nullptr;
  const auto count = [](const Variant& variant) {
    return std::ranges::count(choices_of(variant), true);
  };
  for (const Variant& variant : variants) {
    if (variant.failure.empty() && (widest == nullptr || count(variant) > count(*widest))) {
      widest = &variant;
    }
  }
  for (Variant& variant : variants) {
    if (!variant.failure.empty() || choices_of(variant) == choices_of(*widest)) continue;
    variant.failure =
        fmt::format("has tokens for {} bytes alone, and {} for {}, so their bits can't be compared",
                    count(variant), widest->name.name, count(*widest));
  }
}

}  // namespace

std::vector<Variant> load_variants(const CompareRequest& request, const MediaJob& job) {
  std::vector<Variant> variants;
  std::optional<Error> first_error;
  bool all_failed = true;
  for (VariantRequest& each : parse(request)) {
    each.model.corpus = request.model.corpus;
    Variant variant;
    try {
      variant = load_variant(each, job);
      all_failed = false;
    } catch (const Error& error) {
      if (error.kind() == Error::Kind::kUsage) throw;  // of the request, and not of the model
      if (!first_error) first_error = error;
      variant.failure = request.explain ? request.explain(error) : error.what();
    }
    variant.name = name_of(each, variant.name.temperature);
    variants.push_back(std::move(variant));
  }
  if (all_failed) throw Error(*first_error);
  if (!request.model.alphabet) fail_narrow_vocabularies(variants);
  return variants;
}

}  // namespace zipdream
