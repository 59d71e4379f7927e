// SPDX-License-Identifier: Apache-2.0
// `zipdream list`: what may stand where MODEL stands.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "codecs/registry.h"
#include "models/registry.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Lists the models and their options.";

constexpr const char* kExamples = R"(
  zipdream list
  zipdream list --json
)";

std::string as_json() {
  auto codecs = nlohmann::ordered_json::array();
  for (const CodecInfo& codec : codec_list()) {
    codecs.push_back({{"name", codec.name},
                      {"options", codec.options},
                      {"default_options", codec.default_options},
                      {"extension", codec.extension},
                      {"summary", codec.summary}});
  }
  auto models = nlohmann::ordered_json::array();
  for (const ModelInfo& model : model_list()) {
    models.push_back({{"name", model.name},
                      {"options", model.options},
                      {"default_options", model.default_options},
                      {"summary", model.summary}});
  }
  return nlohmann::ordered_json{{"codecs", codecs}, {"models", models}}.dump(2) + "\n";
}

std::string as_table() {
  std::string table;
  const auto row = [&](const auto&... cells) {
    table += fmt::format("{:<10}{:<14}{:<10}{}\n", cells...);
  };
  row("codec", "options", "default", "");
  for (const CodecInfo& codec : codec_list()) {
    row(codec.name, codec.options, codec.default_options, codec.summary);
  }
  table += "\n";
  row("model", "options", "default", "");
  for (const ModelInfo& model : model_list()) {
    row(model.name, model.options, model.default_options, model.summary);
  }
  return table +
         "\nOptions stand after a colon: gzip:9, xz:6e, png, ppm:6, arith:ppm:6. Every codec is a "
         "model too.\n";
}

}  // namespace

Command add_list(CLI::App& application) {
  CLI::App* app = application.add_subcommand("list", kSummary);
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "Print JSON");
  return {app, kExamples, [json] {
            print(*json ? as_json() : as_table());
            return kExitOk;
          }};
}

}  // namespace zipdream
