// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "experiments/data/data_set.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::array<std::string_view, 3> kExperiments = {"rates", "in-context", "scaling"};

Json model_json(const RunModel& model) {
  return {{"spec", model.spec},
          {"every", model.every},
          {"codec", model.is_codec},
          {"parameters", model.parameters},
          {"header_bits", model.header_bits}};
}

RunModel parse_model(const Json& json) {
  return {json.at("spec"), json.at("every"), json.at("codec"), json.at("parameters"),
          json.at("header_bits")};
}

Json data_set_json(const RunDataSet& data_set) {
  return {{"name", data_set.name},   {"media", media_name(data_set.media)},
          {"items", data_set.items}, {"stored_bytes", data_set.stored_bytes},
          {"size", data_set.size},   {"fingerprint", data_set.fingerprint},
          {"known", data_set.known}, {"known_by", data_set.known_by}};
}

RunDataSet parse_data_set(const Json& json) {
  RunDataSet data_set{json.at("name"),         Media::kText,       json.at("items"),
                      json.at("stored_bytes"), json.at("size"),    json.at("fingerprint"),
                      json.at("known"),        json.at("known_by")};
  for (const Media media : {Media::kImage, Media::kAudio}) {
    if (json.at("media") == media_name(media)) data_set.media = media;
  }
  return data_set;
}

// What is left to ask of a spec once all its fields are there: of those that are written too.
bool is_measurable(const RunSpec& spec) {
  const auto is_never = [](const RunModel& model) { return model.every == 0; };
  return spec.chunk > 0 && std::ranges::none_of(spec.models, is_never);
}

RunSpec parse_spec(const Json& json) {
  RunSpec spec;
  spec.version = json.at("version");
  for (std::size_t i = 0; i < kExperiments.size(); ++i) {
    if (json.at("experiment") == kExperiments[i]) spec.experiment = static_cast<Experiment>(i);
  }
  spec.chunk = json.at("chunk");
  spec.chunked = json.at("chunked");
  spec.whole = json.at("whole");
  spec.protocol = json.at("protocol") == "7bit" ? Protocol::kSevenBits : Protocol::kBytes;
  spec.headers_once = json.at("headers") == "once";
  spec.prove_every = json.value("prove_every", std::uint64_t{0});
  spec.lengths = json.at("lengths").get<std::vector<std::size_t>>();
  for (const Json& model : json.at("rows")) spec.models.push_back(parse_model(model));
  for (const Json& data_set : json.at("columns"))
    spec.data_sets.push_back(parse_data_set(data_set));
  for (const auto& [name, version] : json.at("libraries").items()) {
    spec.libraries.emplace_back(name, version);
  }
  return spec;
}

// Takes "1/40" off the spec "lm:DIR@1/40" and returns the 40.
std::uint64_t take_share(Spec& spec) {
  if (spec.suffix().empty()) return 1;
  const std::string text = spec.text();
  const std::string share = spec.suffix();
  spec.set_suffix("");
  std::uint64_t every = 0;
  const char* const end = share.data() + share.size();
  if (share.starts_with("1/")) {
    const auto [rest, error] = std::from_chars(share.data() + 2, end, every);
    if (rest == end && error == std::errc() && every > 0) return every;
  }
  throw Error(Error::Kind::kUsage, text, fmt::format("'{}' is no share of the chunks", share),
              fmt::format("try {}@1/40", spec.text()));
}

void add_model(Spec spec, Plan& plan) {
  const std::uint64_t every = take_share(spec);
  auto model = std::make_unique<RateModel>(spec, plan.spec.chunk);
  plan.spec.models.push_back({.spec = model->spec(),
                              .every = every,
                              .is_codec = model->is_codec(),
                              .parameters = model->parameter_count(),
                              .header_bits = model->header_bits()});
  plan.models.push_back(std::move(model));
}

void add_data(DataSet data, Plan& plan) {
  const Known known = recognise(data);
  plan.spec.data_sets.push_back({.name = data.name,
                                 .media = data.media,
                                 .items = data.item_count(),
                                 .stored_bytes = data.stored_bytes(),
                                 .size = data.limit == UINT64_MAX ? 0 : data.limit,
                                 .fingerprint = data.fingerprint(),
                                 .known = known.data_set,
                                 .known_by = known.by});
  plan.data.push_back(std::move(data));
}

void check_request(const RunRequest& request) {
  const auto refuse = [](bool is_wrong, const char* option, const std::string& value,
                         const char* message, const char* remedy) {
    if (is_wrong) throw Error::of_option(option, value, message, remedy);
  };
  refuse(request.models.empty(), "models", "", "there are none", "name one or more");
  refuse(request.data.empty(), "data", "", "there is none", "name one data set or more");
  refuse(request.chunk == 0 || request.chunk > kMaxChunk, "chunk", std::to_string(request.chunk),
         "must be 1 to 64M bytes", "");
  refuse(!request.chunked && !request.whole, "chunked", "",
         "neither chunks nor data sets as a whole are wanted", "take one of them");
  refuse(request.prove_every > 0 && request.experiment == Experiment::kInContext, "prove_every", "",
         "curves have no proofs", "leave it out");
  for (const Spec& model : request.models) {
    if (request.prove_every > 0) check_can_code(model);
  }
  const RunOptions& run = request.run;
  refuse(run.shard >= run.shards, "shard", fmt::format("{} of {}", run.shard, run.shards),
         "must be below `shards`", "");
  refuse(run.shards > 1 && run.record.empty(), "shard", "", "its results must go somewhere",
         "name a file with `record`");
}

// Adds the beginnings of a data set, of those sizes as far as there are so many bytes.
void add_starts(const DataSet& data, std::span<const std::uint64_t> sizes, Plan& plan) {
  if (data.media != Media::kText) {
    throw Error(Error::Kind::kUsage, data.name,
                "scaling cuts data sets to sizes, but no images or audio",
                "name a text, or say `media` text");
  }
  const std::uint64_t all = data.stored_bytes();
  std::uint64_t last = 0;
  for (const std::uint64_t size : sizes) {
    plan.spec.lengths.push_back(size);
    DataSet start = data;
    start.limit = std::min(size, all);
    if (start.limit == last) continue;
    last = start.limit;
    add_data(std::move(start), plan);
  }
}

}  // namespace

std::string_view experiment_name(Experiment experiment) {
  return kExperiments[static_cast<std::size_t>(experiment)];
}

std::string run_spec_line(const RunSpec& spec) {
  assert(is_measurable(spec));
  Json json = {{"zipdream_record", kFormat},
               {"version", spec.version},
               {"experiment", experiment_name(spec.experiment)},
               {"chunk", spec.chunk},
               {"chunked", spec.chunked},
               {"whole", spec.whole},
               {"protocol", spec.protocol == Protocol::kSevenBits ? "7bit" : "bytes"},
               {"headers", spec.headers_once ? "once" : "always"},
               {"lengths", spec.lengths},
               {"rows", Json::array()},
               {"columns", Json::array()},
               {"libraries", Json::object()}};
  if (spec.prove_every > 0) json["prove_every"] = spec.prove_every;
  for (const RunModel& model : spec.models) json["rows"].push_back(model_json(model));
  for (const RunDataSet& data_set : spec.data_sets)
    json["columns"].push_back(data_set_json(data_set));
  for (const auto& [name, version] : spec.libraries) json["libraries"][name] = version;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RunSpec parse_run_spec(std::string_view line, const std::string& where) {
  try {
    const Json json = Json::parse(line);
    if (json.at("zipdream_record") == kFormat) {
      RunSpec spec = parse_spec(json);
      if (is_measurable(spec)) return spec;
    }
  } catch (const Json::exception&) {
    // Reported below.
  }
  throw Error(
      fmt::format("{}: is no record of a run; name a file that a run was recorded in", where));
}

std::vector<std::size_t> curve_lengths(std::size_t chunk) {
  std::vector<std::size_t> lengths;
  for (std::size_t length = 16; length < chunk; length *= 2) {
    lengths.push_back(length);
    if (length / 2 * 3 < chunk) lengths.push_back(length / 2 * 3);
  }
  lengths.push_back(chunk);
  return lengths;
}

Plan make_plan(const RunRequest& request) {
  check_request(request);
  Plan plan;
  RunSpec& spec = plan.spec;
  spec = {.version = version(),
          .experiment = request.experiment,
          .chunk = request.chunk,
          .chunked = request.chunked,
          .whole = request.whole,
          .protocol = request.protocol,
          .headers_once = request.headers_once,
          .prove_every = request.prove_every};
  for (const Spec& model : request.models) add_model(model, plan);
  for (const std::string& word : request.data) {
    DataSet data = find_data_set(word, request.media);
    if (request.experiment == Experiment::kScaling) {
      if (request.data.size() > 1)
        throw Error(Error::Kind::kUsage, "scaling", "takes one data set", "name one");
      add_starts(data, request.sizes, plan);
    } else {
      add_data(std::move(data), plan);
    }
  }
  if (request.experiment == Experiment::kInContext) spec.lengths = curve_lengths(request.chunk);
  for (const auto& [library, version] : library_versions()) {
    spec.libraries.emplace_back(library, version);
  }
  return plan;
}

}  // namespace zipdream
