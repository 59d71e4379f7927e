// SPDX-License-Identifier: Apache-2.0
#include "training/run_state.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/lm/checkpoint.h"
#include "models/lm/safetensors.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kStateFile = "training.safetensors";
constexpr const char* kRecord = "zipdream";

std::string state_path(const std::string& folder) {
  return (fs::path(folder) / kStateFile).string();
}

std::string record_of(const RunState& state) {
  auto curve = Json::array();
  for (const CurvePoint& point : state.curve) {
    curve.push_back({point.step, point.learnt, point.held_out});
  }
  return Json{{"plan", to_json(state.plan)},
              {"step", state.step},
              {"corpus", state.corpus_fingerprint},
              {"seconds", state.seconds},
              {"curve", curve}}
      .dump();
}

void read_record(const std::string& text, const std::string& path, RunState& state) {
  const Json record = parse_bounded_json<Json>(text, path);
  try {
    state.plan = plan_from_json(record.at("plan").get<std::string>(), path);
    record.at("step").get_to(state.step);
    record.at("corpus").get_to(state.corpus_fingerprint);
    record.at("seconds").get_to(state.seconds);
    for (const Json& point : record.at("curve")) {
      state.curve.push_back(
          {point.at(0).get<std::size_t>(), point.at(1).get<double>(), point.at(2).get<double>()});
    }
  } catch (const Json::exception&) {
    throw Error(path + ": is no record of a training run; is the file whole?");
  }
}

std::vector<float> floats_of(const Safetensors& file, const char* name, const std::string& path) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end() || found->second.type != "F32") {
    throw Error(fmt::format("{}: has no tensor {} of floats; is the file whole?", path, name));
  }
  std::vector<float> values(found->second.data.size() / sizeof(float));
  std::memcpy(values.data(), found->second.data.data(), found->second.data.size());
  return values;
}

}  // namespace

void save_run(const std::string& folder, const RunState& state, const Layout& layout,
              const std::string& tokenizer_json, FloatFormat format) {
  const auto path = [&](const char* name) { return (fs::path(folder) / name).string(); };
  const auto flat = [](const char* name, const std::vector<float>& values) {
    return NamedTensor{name, {values.size()}, values};
  };
  const std::array arrays = {flat("values", state.values), flat("first_moment", state.first_moment),
                             flat("second_moment", state.second_moment)};
  write_file(state_path(folder),
             write_safetensors(arrays, FloatFormat::kF32, {{kRecord, record_of(state)}}));
  write_file(path("config.json"), as_bytes(config_json(state.plan.model)));
  if (!tokenizer_json.empty()) write_file(path("tokenizer.json"), as_bytes(tokenizer_json));
  write_file(path("model.safetensors"),
             write_safetensors(tensors_of(layout, state.values), format));
  const std::string title =
      fmt::format("{} parameters, step {} of {}", layout.size, state.step, state.plan.steps);
  write_file(path("curve.svg"), as_bytes(draw_curve(state.curve, title)));
}

bool has_run(const std::string& folder) { return fs::exists(state_path(folder)); }

RunState load_run(const std::string& folder) {
  const std::string path = state_path(folder);
  if (!has_run(folder)) {
    throw Error(fmt::format("{}: there is no {} in it, so no run to go on with; start one with -o",
                            folder, kStateFile));
  }
  const Safetensors file(path);
  const auto record = file.metadata().find(kRecord);
  if (record == file.metadata().end()) {
    throw Error(path + ": is no record of a training run; is the file whole?");
  }
  RunState state;
  read_record(record->second, path, state);
  state.values = floats_of(file, "values", path);
  state.first_moment = floats_of(file, "first_moment", path);
  state.second_moment = floats_of(file, "second_moment", path);
  return state;
}

}  // namespace zipdream
