// SPDX-License-Identifier: Apache-2.0
#include "experiments/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "codecs/common/predictors.h"
#include "generator/load_method.h"
#include "generator/load_model.h"
#include "zipdream/error.h"
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
