// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/cli/load.h"
#include "base/errors.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
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

// What the spec's suffix names; none: as the options say.
const MethodName* method_of(const Spec& spec) {
  if (spec.suffix().empty()) return nullptr;
  const auto* const found = std::ranges::find(kMethodNames, spec.suffix(), &MethodName::name);
  if (found != kMethodNames.end()) return found;
  std::vector<std::string_view> names;
  names.reserve(kMethodNames.size());
  for (const MethodName& known : kMethodNames) names.push_back(known.name);
  throw Error(Error::Kind::kUsage, spec.text(),
              fmt::format("@{} is none of @{}", spec.suffix(), fmt::join(names, ", @")),
              fmt::format("{}leave it out for the default", suggestion(spec.suffix(), names)));
}

VariantRequest make_request(const std::string& name, VariantOptions options) {
  ModelOptions& model = options.model;
  model.spec = Spec::parse(name);
  const MethodName* const method = method_of(model.spec);
  model.spec.set_suffix("");
  if (method != nullptr) {
    if (method->probs) {
      model.probs = method->probs;
      model.units = method->units;
    }
    options.method.kind = method->method.value_or(options.method.kind);
  }
  const bool asked = method != nullptr && method->probs;
  if (!asked && !is_codec(model.spec)) {  // what the options say of codecs is not said of it
    model.probs.reset();
    model.units.reset();
  }
  return {name, std::move(options)};
}

// Leaves the method what is its own.
void keep_own(VariantOptions& options) {
  MethodOptions& method = options.method;
  if (method.kind != MethodKind::kBeam) {
    method.horizon.reset();
    method.beam_width.reset();
  }
  if (method.kind != MethodKind::kSpans) {
    method.span.reset();
    method.match_length.reset();
  }
  if (method.kind != MethodKind::kDream) return;
  method.max_copy = 0;
  options.sampling = {};
}

// A dream sees no distribution; the model that scores its reference keeps the options.
ModelOptions model_of_method(const VariantOptions& options) {
  ModelOptions model = options.model;
  if (options.method.kind != MethodKind::kDream) return model;
  model.alphabet.reset();
  model.probs.reset();
  model.units.reset();
  return model;
}

// An option that no variant has a use for was meant for one: check_method() says for which.
void check_options_are_used(const std::vector<VariantRequest>& requests,
                            const VariantOptions& given) {
  const auto any = [&](auto&& test) { return std::ranges::any_of(requests, test); };
  const auto has_kind = [&](MethodKind kind) {
    return any([kind](const VariantRequest& r) { return r.options.method.kind == kind; });
  };
  MethodOptions method = given.method;
  method.kind = MethodKind::kSample;
  if (has_kind(MethodKind::kBeam)) method.horizon = method.beam_width = std::nullopt;
  if (has_kind(MethodKind::kSpans)) method.span = method.match_length = std::nullopt;
  check_method(with_sampling(method, given.sampling), given.model);
  const bool all_dream =
      !any([](const VariantRequest& r) { return r.options.method.kind != MethodKind::kDream; });
  if (all_dream) {
    method = given.method;
    method.kind = MethodKind::kDream;
    ModelOptions model = given.model;
    model.alphabet.reset();
    model.probs.reset();
    model.units.reset();
    check_method(with_sampling(method, given.sampling), model);
  }
  if (given.model.probs &&
      !any([](const VariantRequest& r) { return r.options.model.probs.has_value(); })) {
    throw usage_error("--probs: is for codecs; leave it out");
  }
  if (given.model.units &&
      !any([](const VariantRequest& r) { return r.options.model.units.has_value(); })) {
    throw usage_error("--units: is for codecs by their lengths; leave it out");
  }
}

}  // namespace

std::string variant_methods() {
  std::string names;
  for (const MethodName& known : kMethodNames) {
    names += fmt::format("{}{}", names.empty() ? "" : "|", known.name);
  }
  return names;
}

std::vector<VariantRequest> parse_variants(const std::vector<std::string>& names,
                                           const VariantOptions& options) {
  std::vector<VariantRequest> requests;
  requests.reserve(names.size());
  for (const std::string& name : names) requests.push_back(make_request(name, options));
  check_options_are_used(requests, options);
  for (VariantRequest& request : requests) {
    keep_own(request.options);
    check_method(with_sampling(request.options.method, request.options.sampling),
                 model_of_method(request.options));
  }
  return requests;
}

std::vector<Variant> load_variants(const std::vector<VariantRequest>& requests, const MediaJob& job,
                                   const Bytes& corpus) {
  std::vector<Variant> variants;
  for (const auto& [name, options] : requests) {
    LoadedMethod loaded = load_method(with_sampling(options.method, options.sampling),
                                      model_of_method(options), corpus, job);
    VariantName who = {.name = name,
                       .model = options.model.spec.text(),
                       .method = std::string(name_of(options.method.kind)),
                       .probs = probs_name(options.model),
                       .has_probs_of_its_own = options.method.kind == MethodKind::kSample,
                       .temperature = loaded.sampler.temperature};
    variants.push_back(
        {std::move(who), std::move(loaded.method), load_model(options.model, job, corpus)});
  }
  return variants;
}

}  // namespace zipdream
