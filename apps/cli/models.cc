// SPDX-License-Identifier: Apache-2.0
// `zipdream models`: the language models that are on this machine.
#include "apps/cli/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "archive/learned_models.h"
#include "base/checksum.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "models/lm/chat_format.h"
#include "models/lm/facts.h"
#include "models/lm/local_models.h"
#include "zipdream/error.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Lists the language models on this machine, zipdream's own and those that other programs keep: "
    "what lm:NAME finds.";

constexpr const char* kExamples = R"(
  zipdream models
  zipdream models smollm --no-hash
  zipdream models --json
)";

using Json = nlohmann::ordered_json;

struct ModelsOptions {
  std::string part;
  bool no_hash = false;
  bool json = false;
};

bool has_part(const std::string& name, const std::string& part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(name.begin(), name.end(), part.begin(), part.end(), same) != name.end() ||
         part.empty();
}

Spec spec_of(const std::string& path) {
  Spec spec = Spec::parse("lm:x");
  spec.set("path", path);
  return spec;
}

// The SHA-256 by which an archive knows the model: that of its file, or of those of its files;
// null where one can't be read.
Json digest_of(const std::string& path) {
  try {
    return hex(learned_content(spec_of(path)).at(0).sha256);
  } catch (const Error&) {
    return {};
  }
}

Json describe(const LocalModel& model, bool with_hash) {
  Json json = {{"name", model.name},
               {"spec", spec_of(model.name).text()},
               {"source", model.source},
               {"path", model.path}};
  json.update(Json::parse(model_facts(model.path)));
  json["sha256"] = with_hash ? digest_of(model.path) : Json();
  return json;
}

Json describe_all(const ModelsOptions& options) {
  std::vector<LocalModel> models = local_models();
  std::erase_if(models,
                [&](const LocalModel& model) { return !has_part(model.name, options.part); });
  Progress progress("models", models.size(), "models");
  Json described = Json::array();
  for (const LocalModel& model : models) {
    progress.note(terminal_line(model.name));
    described.push_back(describe(model, !options.no_hash));
    progress.add();
  }
  Json folders = Json::array();
  for (const ModelFolder& folder : model_folders()) {
    folders.push_back({{"source", folder.source}, {"path", folder.path}});
  }
  return {{"folders", folders}, {"models", described}};
}

// "134.5M".
std::string short_number(double number) {
  constexpr const char* kUnits[] = {"", "K", "M", "G", "T"};
  std::size_t unit = 0;
  for (; number >= 999.5 && unit + 1 < std::size(kUnits); ++unit) number /= 1000;
  return fmt::format("{:.{}f}{}", number, unit > 0 && number < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string cell(const Json& value) {
  if (value.is_null()) return "?";
  if (value.is_number()) return short_number(value.get<double>());
  return terminal_line(value.get<std::string>());
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, terminal_columns(text)), ' ');
}

std::string as_table(const Json& json) {
  const std::vector<std::string> heads = {"name",    "bytes",  "parameters", "architecture",
                                          "weights", "sha256", "source"};
  std::vector<std::vector<std::string>> rows = {heads};
  for (const Json& model : json["models"]) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string& head : heads) row.push_back(cell(model[head]));
    constexpr std::size_t kShownDigits = 12;
    row[5] = row[5].substr(0, kShownDigits);
  }
  std::vector<std::size_t> widths(heads.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], terminal_columns(row[i]));
    }
  }
  std::string table;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i + 1 < heads.size(); ++i) table += padded(rows[r][i], widths[i] + 2);
    table += rows[r].back() + "\n";
    if (r == 0) continue;
    const Json& problem = json["models"][r - 1]["problem"];
    if (!problem.is_null()) table += fmt::format("  can't be used: {}\n", cell(problem));
  }
  return table;
}

std::string as_text(const Json& json) {
  if (!json["models"].empty()) {
    return as_table(json) +
           "\nA model is named lm:NAME, or lm:\"NAME\" where the name holds a colon or other "
           "signs; "
           "the end of the\nname will do where it means one alone.\n";
  }
  std::string text = "No language model was found in these folders:\n";
  for (const Json& folder : json["folders"]) {
    text += fmt::format("  {:<14}{}\n", cell(folder["source"]), cell(folder["path"]));
  }
  return text;
}

}  // namespace

Command add_models(CommandLine& line) {
  Arguments& args = line.add_command("models", kSummary, kExamples);
  auto options = std::make_shared<ModelsOptions>();
  args.add("PART", &options->part, "Only those whose names hold PART").type("").example("english");
  args.add_flag("--no-hash", options->no_hash,
                "Leave out the SHA-256, for which all of a model is read when it is met first");
  args.add_flag("--json", options->json, "Print JSON, with the folders that were looked at");
  return {&args, [options] {
            const Json json = describe_all(*options);
            print(options->json
                      ? json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                      : as_text(json));
            return kExitOk;
          }};
}

namespace {

using Json = nlohmann::ordered_json;

Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json known(std::uint64_t number) { return number == 0 ? Json() : Json(number); }

}  // namespace

std::string model_facts(const std::string& path) {
  const LmFacts facts = lm_facts(path);
  Json json;
  json["format"] = known(facts.format);
  json["bytes"] = facts.bytes;
  json["architecture"] = known(facts.architecture);
  json["parameters"] = known(facts.parameters);
  json["weights"] = known(facts.weights);
  json["context_length"] = known(std::uint64_t{facts.context_length});
  json["vocab_size"] = known(std::uint64_t{facts.vocab_size});
  json["tokenizer"] = known(facts.tokenizer);
  const ChatFormat* const chat = find_chat_format(facts.chat_template);
  if (!facts.chat_template.empty()) json["chat"] = chat == nullptr ? "unknown" : chat->name;
  json["usable"] = facts.problem.empty();
  json["problem"] = known(facts.problem);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zipdream
