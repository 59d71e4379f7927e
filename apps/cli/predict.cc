// SPDX-License-Identifier: Apache-2.0
// `zipdream predict`: the distribution of the next symbol.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/common_options.h"
#include "apps/cli/load.h"
#include "apps/cli/output.h"
#include "base/parallel.h"
#include "base/portable_math.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Shows the distribution of the next symbol after a prompt.";

constexpr const char* kExamples = R"(
  zipdream predict gzip:9 -p "the cat sat on the mat, the cat sat on the " --top 5
  zipdream predict xz -f samples/text.txt --units bytes
  zipdream predict bzip2 -f samples/text.txt --json
)";

using Json = nlohmann::ordered_json;

constexpr std::size_t kTableRows = 10;
constexpr std::size_t kBarWidth = 30;

struct PredictOptions {
  ModelOptions model;
  PromptOptions prompt;
  double temperature = 1;
  std::optional<std::size_t> top;
  bool json = false;
};

// The distribution and what it is of.
struct Prediction {
  std::size_t context_bytes = 0;
  std::vector<double> log2_probs;  // (alphabet_size)
  std::vector<Symbol> ranked;      // from the most to the least probable, equals ascending
};

Prediction predict(Predictor& predictor, const MediaJob& job, double temperature) {
  Prediction prediction;
  const Bytes& prompt = job.sequences().front().prompt;
  prediction.context_bytes = prompt.size();
  predictor.observe(prompt);
  prediction.log2_probs.resize(predictor.alphabet_size());
  predictor.log2_probs(prediction.log2_probs);
  apply_temperature(prediction.log2_probs, temperature);
  prediction.ranked.resize(prediction.log2_probs.size());
  std::iota(prediction.ranked.begin(), prediction.ranked.end(), Symbol{0});
  std::stable_sort(prediction.ranked.begin(), prediction.ranked.end(), [&](Symbol a, Symbol b) {
    return prediction.log2_probs[a] > prediction.log2_probs[b];
  });
  return prediction;
}

// Whether the symbols are tokens, of several bytes each.
bool has_tokens(const Predictor& predictor) {
  for (std::size_t i = 0; i < predictor.alphabet_size(); ++i) {
    if (predictor.symbol_bytes(static_cast<Symbol>(i)).size() != 1) return true;
  }
  return false;
}

std::string hex_of(ByteView bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

double entropy(const Prediction& prediction) {
  double sum = 0;
  for (const double log2_p : prediction.log2_probs) sum -= portable_exp2(log2_p) * log2_p;
  return sum;
}

std::string as_json(const PredictOptions& options, const Predictor& predictor,
                    const Prediction& prediction) {
  auto symbols = Json::array();
  const std::size_t count =
      std::min(options.top.value_or(prediction.ranked.size()), prediction.ranked.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Symbol symbol = prediction.ranked[i];
    const double log2_p = prediction.log2_probs[symbol];
    const ByteView bytes = predictor.symbol_bytes(symbol);
    const bool has_text = is_utf8(bytes);
    symbols.push_back({{"token", predictor.token_id(symbol)},
                       {"text", has_text ? Json(as_chars(bytes)) : Json()},
                       {"bytes", hex_of(bytes)},
                       {"bits", -log2_p},
                       {"probability", portable_exp2(log2_p)},
                       {"ends_text", predictor.ends_text(symbol)}});
  }
  return Json{{"model", options.model.spec.text()},
              {"probs", probs_name(options.model)},
              {"temperature", options.temperature},
              {"context_bytes", prediction.context_bytes},
              {"alphabet_size", prediction.ranked.size()},
              {"entropy_bits", entropy(prediction)},
              {"symbols", symbols}}
             .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

// What a symbol stands for, in quotes; its text is cut where it would not fit.
std::string shown(const Predictor& predictor, Symbol symbol) {
  if (predictor.ends_text(symbol)) return "(ends the text)";
  return fmt::format("'{}'", terminal_text(predictor.symbol_bytes(symbol), true));
}

// The first bytes of a token, in hex.
std::string shown_bytes(ByteView bytes) {
  constexpr std::size_t kMaxShown = 6;
  const bool cut = bytes.size() > kMaxShown;
  return "  " + hex_of(bytes.first(std::min(bytes.size(), kMaxShown))) + (cut ? "..." : "");
}

std::string as_table(const PredictOptions& options, const Predictor& predictor,
                     const Prediction& prediction) {
  std::string table = fmt::format(
      "{} after {} bytes, by {}: entropy {:.2f} bits\n\n", terminal_line(options.model.spec.text()),
      prediction.context_bytes, probs_name(options.model), entropy(prediction));
  const bool are_tokens = has_tokens(predictor);
  const int width = are_tokens ? 16 : 8;  // of what a symbol stands for
  const int digits = are_tokens ? 7 : 4;
  const int bytes_width = are_tokens ? 18 : 0;
  table += fmt::format("{:<{}}{:>{}}{:<{}}{:>9}{:>13}\n", are_tokens ? "text" : "symbol", width,
                       are_tokens ? "token" : "", digits, are_tokens ? "  bytes" : "", bytes_width,
                       "bits", "probability");
  const double highest = portable_exp2(prediction.log2_probs[prediction.ranked.front()]);
  double rest = 1;
  const std::size_t count = std::min(options.top.value_or(kTableRows), prediction.ranked.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Symbol symbol = prediction.ranked[i];
    const double log2_p = prediction.log2_probs[symbol];
    const double p = portable_exp2(log2_p);
    rest -= p;
    table += fmt::format("{:<{}}{:>{}}{:<{}}{:>9.2f}{:>13.4f}  {}\n", shown(predictor, symbol),
                         width, predictor.token_id(symbol), digits,
                         are_tokens ? shown_bytes(predictor.symbol_bytes(symbol)) : "", bytes_width,
                         -log2_p, p, bar(p / highest, kBarWidth));
  }
  if (count < prediction.ranked.size()) {
    table +=
        fmt::format("{:<{}}{:>13.4f}\n", fmt::format("{} others", prediction.ranked.size() - count),
                    width + digits + bytes_width + 9, std::max(rest, 0.0));
  }
  return table;
}

int run(const PredictOptions& options) {
  check_sampler({.temperature = options.temperature});
  if (options.temperature == 0) {
    throw Error::of_option("temperature", "0", "must be above 0 to predict", "");
  }
  check_readers(options.model, options.prompt);
  set_thread_count(options.model.threads);
  const auto job = load_job(options.prompt, 1, may_begin(options.model));
  const auto predictor =
      load_model(options.model, *job, load_corpus(options.model, options.prompt, job->media()));
  const Prediction prediction = predict(*predictor, *job, options.temperature);
  print(options.json ? as_json(options, *predictor, prediction)
                     : as_table(options, *predictor, prediction));
  return kExitOk;
}

}  // namespace

Command add_predict(CommandLine& line) {
  Arguments& args = line.add_command("predict", kSummary, kExamples);
  auto options = std::make_shared<PredictOptions>();
  add_model_options(args, options->model);
  add_prompt_options(args, options->prompt);
  args.add("--temp", &options->temperature, "Temperature: probabilities to the power 1/T")
      .type("T")
      .shows_default();
  args.add("--top", &options->top, "Show the N most probable symbols [10; all in JSON]")
      .range(1, 1 << 20)
      .type("N")
      .example("10");
  args.add_flag("--json", options->json, "Print JSON");
  return {&args, [options] { return run(*options); }};
}

}  // namespace zipdream
