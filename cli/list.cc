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
  return nlohmann::ordered_json{{"codecs", codecs}}.dump(2) + "\n";
}

std::string as_table() {
  std::string table = fmt::format("{:<10}{:<12}{:<10}{}\n", "codec", "options", "default", "");
  for (const CodecInfo& codec : codec_list()) {
    table += fmt::format("{:<10}{:<12}{:<10}{}\n", codec.name, codec.options, codec.default_options,
                         codec.summary);
  }
  return table +
         "\nA model is a codec with its options after a colon: gzip:9, xz:6e, png, flac:8.\n";
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
