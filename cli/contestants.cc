// SPDX-License-Identifier: Apache-2.0
#include "cli/contestants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "cli/load.h"
#include "codecs/spec.h"
#include "models/registry.h"

namespace zipdream {
namespace {

// What follows the @: a law, or a method.
struct Way {
  std::string_view name;
  std::optional<LawKind> law;
  std::optional<Units> units;
  std::optional<MethodKind> method;
};

constexpr std::array kWays = {
    Way{"bytes", LawKind::kLength, Units::kBytes, MethodKind::kSample},
    Way{"bits", LawKind::kLength, Units::kBits, MethodKind::kSample},
    Way{"tables", LawKind::kTables, std::nullopt, MethodKind::kSample},
    Way{"sample", std::nullopt, std::nullopt, MethodKind::kSample},
    Way{"beam", std::nullopt, std::nullopt, MethodKind::kBeam},
    Way{"spans", std::nullopt, std::nullopt, MethodKind::kSpans},
    Way{"dream", std::nullopt, std::nullopt, MethodKind::kDream},
};

struct Parsed {
  std::string model;
  const Way* way = nullptr;  // none: as the options say
};

// What follows the last @ is a way, unless it goes on as a path does: a model's folder may have an
// @ in its name.
Parsed parse_name(const std::string& name) {
  const std::size_t at = name.rfind('@');
  if (at == std::string::npos || name.find('/', at) != std::string::npos) return {name, nullptr};
  const std::string word = name.substr(at + 1);
  const auto* const way = std::ranges::find(kWays, word, &Way::name);
  if (way != kWays.end()) return {name.substr(0, at), way};
  std::vector<std::string_view> names;
  names.reserve(std::size(kWays));
  for (const Way& known : kWays) names.push_back(known.name);
  throw usage_error(fmt::format("{}: @{} is none of @{};{} leave it out for the default", name,
                                word, fmt::join(names, ", @"), suggestion(word, names)));
}

ContestantRequest make_request(const std::string& name, ContestantOptions options) {
  const Parsed parsed = parse_name(name);
  ModelOptions& model = options.model;
  model.spec = parsed.model;
  if (parsed.way != nullptr) {
    if (parsed.way->law) {
      model.law = parsed.way->law;
      model.units = parsed.way->units;
    }
    options.method.kind = parsed.way->method.value_or(options.method.kind);
  }
  const bool asked = parsed.way != nullptr && parsed.way->law;
  if (!asked && !is_compressor(model.spec)) {  // what the options say of codecs is not said of it
    model.law.reset();
    model.units.reset();
  }
  return {name, std::move(options)};
}

// Leaves the method what is its own.
void keep_own(ContestantOptions& options) {
  MethodOptions& method = options.method;
  if (method.kind != MethodKind::kBeam) {
    method.horizon.reset();
    method.beam_width.reset();
  }
  if (method.kind != MethodKind::kSpans) {
    method.span.reset();
    method.key.reset();
  }
  if (method.kind != MethodKind::kDream) return;
  method.max_copy = 0;
  options.sampling = {};
}

// A dream sees no law; the one that scores its truth keeps the options.
ModelOptions model_of_method(const ContestantOptions& options) {
  ModelOptions model = options.model;
  if (options.method.kind != MethodKind::kDream) return model;
  model.alphabet.reset();
  model.law.reset();
  model.units.reset();
  return model;
}

// An option that nobody can follow was meant for somebody: check_method() and the laws say for
// whom.
void check_options_are_used(const std::vector<ContestantRequest>& requests,
                            const ContestantOptions& given) {
  const auto any = [&](auto&& test) { return std::ranges::any_of(requests, test); };
  const auto has_kind = [&](MethodKind kind) {
    return any([kind](const ContestantRequest& r) { return r.options.method.kind == kind; });
  };
  MethodOptions method = given.method;
  method.kind = MethodKind::kSample;
  if (has_kind(MethodKind::kBeam)) method.horizon = method.beam_width = std::nullopt;
  if (has_kind(MethodKind::kSpans)) method.span = method.key = std::nullopt;
  check_method(method, given.model, given.sampling);
  const bool all_dream =
      !any([](const ContestantRequest& r) { return r.options.method.kind != MethodKind::kDream; });
  if (all_dream) {
    method = given.method;
    method.kind = MethodKind::kDream;
    ModelOptions model = given.model;
    model.alphabet.reset();
    model.law.reset();
    model.units.reset();
    check_method(method, model, given.sampling);
  }
  if (given.model.law &&
      !any([](const ContestantRequest& r) { return r.options.model.law.has_value(); })) {
    throw usage_error("--law: is for codecs; leave it out");
  }
  if (given.model.units &&
      !any([](const ContestantRequest& r) { return r.options.model.units.has_value(); })) {
    throw usage_error("--units: is for codecs by their lengths; leave it out");
  }
}

}  // namespace

std::string contestant_ways() {
  std::string names;
  for (const Way& way : kWays) names += fmt::format("{}{}", names.empty() ? "" : "|", way.name);
  return names;
}

std::vector<ContestantRequest> parse_contestants(const std::vector<std::string>& names,
                                                 const ContestantOptions& options) {
  std::vector<ContestantRequest> requests;
  requests.reserve(names.size());
  for (const std::string& name : names) requests.push_back(make_request(name, options));
  check_options_are_used(requests, options);
  for (ContestantRequest& request : requests) {
    keep_own(request.options);
    check_method(request.options.method, model_of_method(request.options),
                 request.options.sampling);
  }
  return requests;
}

std::vector<Contestant> load_contestants(const std::vector<ContestantRequest>& requests,
                                         const MediaJob& job, const Bytes& corpus) {
  std::vector<Contestant> contestants;
  for (const auto& [name, options] : requests) {
    LoadedMethod loaded =
        load_method(options.method, model_of_method(options), options.sampling, corpus, job);
    ContestantName who = {.name = name,
                          .model = options.model.spec,
                          .method = method_name(options.method.kind),
                          .law = law_name(options.model),
                          .has_law_of_its_own = options.method.kind == MethodKind::kSample,
                          .temperature = loaded.sampler.temperature};
    contestants.push_back(
        {std::move(who), std::move(loaded.method), load_model(options.model, job, corpus)});
  }
  return contestants;
}

}  // namespace zipdream
