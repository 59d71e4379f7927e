// SPDX-License-Identifier: Apache-2.0
#include "training/run_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
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
  for (const LossPoint& point : state.curve) {
    curve.push_back({point.step, point.training, point.held_out});
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

constexpr double kWidth = 720;
constexpr double kHeight = 420;
constexpr double kLeft = 60;
constexpr double kTop = 40;
constexpr double kRight = 20;
constexpr double kBottom = 50;

// The part of the curve that the picture shows.
struct Frame {
  double last_step;
  double lowest;
  double highest;
  [[nodiscard]] double x(double step) const {
    return kLeft + (kWidth - kLeft - kRight) * step / last_step;
  }
  [[nodiscard]] double y(double bits) const {
    const double share = (bits - lowest) / (highest - lowest);
    return kHeight - kBottom - (kHeight - kTop - kBottom) * std::clamp(share, 0.0, 1.0);
  }
};

// The first points are far above the rest: the frame shows what follows the first tenth.
Frame frame_of(const std::vector<LossPoint>& curve) {
  double lowest = std::numeric_limits<double>::max();
  for (const LossPoint& point : curve) {
    lowest = std::min(lowest, point.training);
    if (point.held_out > 0) lowest = std::min(lowest, point.held_out);
  }
  const LossPoint& early = curve[curve.size() / 10];
  const double bottom = std::floor(lowest * 5) / 5;
  return {static_cast<double>(std::max<std::size_t>(1, curve.back().step)), bottom,
          std::max(std::ceil(std::max(early.training, early.held_out) * 5) / 5, bottom + 0.2)};
}

std::string line(double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="#ccc"/>)"
                     "\n",
                     x1, y1, x2, y2);
}

std::string text(double x, double y, const char* anchor, const std::string& content,
                 const char* color = "#333") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>)"
                     "\n",
                     x, y, anchor, color, content);
}

std::string path(const std::vector<LossPoint>& curve, const Frame& frame, double LossPoint::*value,
                 const char* color) {
  std::string points;
  for (const LossPoint& point : curve) {
    if (point.*value <= 0) continue;
    points += fmt::format("{:.1f},{:.1f} ", frame.x(static_cast<double>(point.step)),
                          frame.y(point.*value));
  }
  return fmt::format(R"(<polyline fill="none" stroke="{}" stroke-width="2" points="{}"/>)"
                     "\n",
                     color, points);
}

std::string grid(const Frame& frame) {
  constexpr int kLines = 5;
  std::string out;
  for (int i = 0; i <= kLines; ++i) {
    const double share = static_cast<double>(i) / kLines;
    const double bits = frame.lowest + (frame.highest - frame.lowest) * share;
    const double step = frame.last_step * share;
    out += line(kLeft, frame.y(bits), kWidth - kRight, frame.y(bits));
    out += text(kLeft - 8, frame.y(bits) + 4, "end", fmt::format("{:.2f}", bits));
    out += text(frame.x(step), kHeight - kBottom + 20, "middle", fmt::format("{:.0f}", step));
  }
  return out + text(kWidth / 2, kHeight - 10, "middle", "step");
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

std::vector<std::string> files_of_run(const std::string& folder) {
  std::vector<std::string> paths;
  for (const char* name :
       {kStateFile, "config.json", "tokenizer.json", "model.safetensors", "curve.svg"}) {
    paths.push_back((fs::path(folder) / name).string());
  }
  return paths;
}

RunState load_run(const std::string& folder) {
  const std::string path = state_path(folder);
  if (!has_run(folder)) {
    throw Error(fmt::format("{}: there is no {} in it, so no run to go on with; begin one", folder,
                            kStateFile));
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

std::string draw_curve(const std::vector<LossPoint>& curve, const std::string& title) {
  constexpr const char* kTraining = "#8a8a8a";
  constexpr const char* kHeldOut = "#c2185b";
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="12">
<rect width="{0}" height="{1}" fill="white"/>
)",
      kWidth, kHeight);
  svg += text(kLeft, 24, "start", "bits per byte: " + title);
  if (!curve.empty()) {
    const Frame frame = frame_of(curve);
    svg += grid(frame);
    svg += path(curve, frame, &LossPoint::training, kTraining);
    svg += path(curve, frame, &LossPoint::held_out, kHeldOut);
    svg += text(kWidth - kRight, kTop + 14, "end", "training", kTraining);
    svg += text(kWidth - kRight, kTop + 30, "end", "held out", kHeldOut);
  }
  return svg + "</svg>\n";
}

}  // namespace zipdream
