// SPDX-License-Identifier: Apache-2.0
// `zipdream list`: what may stand where MODEL stands.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/cli/command.h"
#include "apps/cli/model_names.h"
#include "apps/cli/output.h"
#include "base/terminal_text.h"
#include "apps/cli/program_beside.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Lists the models and their options.";

constexpr const char* kExamples = R"(
  zipdream list
  zipdream list --json
)";

using Json = nlohmann::ordered_json;

// Programs of their own, of which some were perhaps left out when this one was built.
struct Program {
  const char* name;
  const char* summary;
};
constexpr auto kPrograms = std::to_array<Program>(
    {{"zipdream-train", "trains language models; zipdream train"},
     {"zipdream-train-mpi", "the same by all processes of an mpirun; mpirun zipdream-train"},
     {"zipdream-serve", "serves models over HTTP; zipdream serve"},
     {"zipdream-mpi", "rates, in-context and scaling by all processes of an mpirun"}});

std::string default_of(const ModelInfo& info) {
  return info.options.empty() ? "" : std::string(info.options[0].fallback);
}

Json as_json(const ModelInfo& info) {
  auto options = Json::array();
  for (const OptionInfo& option : info.options) {
    options.push_back(
        {{"name", option.key}, {"values", values_of(option)}, {"default", option.fallback}});
  }
  const bool samples = info.make_decoder_sampler != nullptr || info.learns();
  return {{"name", info.name},
          {"options", options},
          {"extension", info.extension},
          {"is_codec", info.make_codec != nullptr},
          {"has_tables", info.is_codec() && info.make_predictor != nullptr},
          {"tables", info.tables},
          {"has_decoder_sampler", samples},
          {"no_decoder_sampler", info.no_decoder_sampler},
          {"knows_media", info.adapt != nullptr},
          {"summary", info.summary}};
}

std::string as_json() {
  Json json = {{"codecs", Json::array()}, {"models", Json::array()}};
  for (const ModelInfo* info : model_list()) {
    json[info->is_codec() ? "codecs" : "models"].push_back(as_json(*info));
  }
  json["programs"] = Json::array();
  for (const Program& program : kPrograms) {
    if (!is_beside(program.name)) continue;
    json["programs"].push_back({{"name", program.name}, {"summary", program.summary}});
  }
  return json.dump(2) + "\n";
}

std::string as_table() {
  std::string table;
  // Options that are too long for their column have the next line for what follows.
  const auto row = [&](std::string_view name, std::string options, std::string_view fallback,
                       std::string_view summary) {
    constexpr std::size_t kWidth = 42;
    if (options.size() >= kWidth) options += fmt::format("\n{:{}}", "", 12 + kWidth);
    table += fmt::format("{:<12}{:<{}}{:<9}{}\n", name, options, kWidth, fallback, summary);
  };
  for (const bool codecs : {true, false}) {
    row(codecs ? "codec" : "model", "options", "default", "");
    for (const ModelInfo* info : model_list()) {
      if (info->is_codec() == codecs) {
        row(info->name, options_of(*info), default_of(*info), info->summary);
      }
    }
    table += "\n";
  }
  std::string programs;
  for (const Program& program : kPrograms) {
    if (is_beside(program.name))
      programs += fmt::format("{:<20}{}\n", program.name, program.summary);
  }
  if (!programs.empty()) table += fmt::format("{:<20}beside this one\n{}\n", "program", programs);
  return table +
         "Options stand after a colon: gzip:9, xz:6e, png:9,width=640, ppm:6, arith:ppm:6. Every "
         "codec is a\nmodel too. A folder whose name holds any of , : @ = \" \\ stands in double "
         "quotes: 'lm:\"a:b\"'.\nMixtures take two models or more with + between them; a list goes "
         "to the innermost, and\nbrackets end it: mix:[avg:cm+ppm:6]+gzip:9. Within it + [ ] are "
         "quoted too.\n";
}

// With a tab before what is said of each.
std::string as_completions(const std::string& typed) {
  std::string lines;
  for (const Completion& completion : complete_model(typed)) {
    lines += terminal_line(completion.text);
    if (!completion.summary.empty()) lines += "\t" + completion.summary;
    lines += "\n";
  }
  return lines;
}

}  // namespace

Command add_list(CommandLine& line) {
  Arguments& args = line.add_command("list", kSummary, kExamples);
  struct Options {
    bool json = false;
    std::optional<std::string> typed;
  };
  auto options = std::make_shared<Options>();
  const Option json = args.add_flag("--json", options->json, "Print JSON");
  args.add("--complete", &options->typed,
           "Print what MODEL may go on as after TEXT, a line for each, as shells ask when Tab is "
           "pressed")
      .type("TEXT")
      .excludes(json);
  return {&args, [options] {
            print(options->typed  ? as_completions(*options->typed)
                  : options->json ? as_json()
                                  : as_table());
            return kExitOk;
          }};
}

}  // namespace zipdream
