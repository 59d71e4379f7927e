// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/answers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/encodings.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

Json symbol_json(const ServedModel& model, Symbol symbol, double bits) {
  const ByteView bytes = model.bytes(symbol);
  Json json = {{"token", model.id(symbol)}, {"text", nullptr}, {"bytes", base64(bytes)}};
  if (is_utf8(bytes)) json["text"] = as_chars(bytes);
  json["bits"] = bits;
  return json;
}

Json alternatives_json(const ServedModel& model, const ScoredSymbol& scored) {
  Json top = Json::array();
  for (const auto& [symbol, log_prob] : scored.top) {
    top.push_back(symbol_json(model, symbol, -log_prob / std::numbers::ln2));
  }
  return top;
}

}  // namespace

Json distribution_answer(const ServedModel& model, const Predictor& after_prompt,
                         std::size_t prompt_tokens, std::size_t top) {
  const std::vector<double> log2_probs = after_prompt.log2_probs();
  std::vector<Symbol> order(log2_probs.size());
  double entropy = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<Symbol>(i);
    entropy -= std::exp2(log2_probs[i]) * log2_probs[i];
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](Symbol a, Symbol b) { return log2_probs[a] > log2_probs[b]; });
  if (top > 0) order.resize(std::min(order.size(), top));
  Json symbols = Json::array();
  for (const Symbol symbol : order) {
    Json each = symbol_json(model, symbol, -log2_probs[symbol]);
    each["probability"] = std::exp2(log2_probs[symbol]);
    each["ends_text"] = after_prompt.ends_text(symbol);
    symbols.push_back(std::move(each));
  }
  return {{"model", model.name()},
          {"prompt_tokens", prompt_tokens},
          {"entropy_bits", entropy},
          {"symbols", std::move(symbols)}};
}

Json score_answer(const ServedModel& model, std::span<const ScoredSymbol> all) {
  Json symbols = Json::array();
  double bits = 0;
  std::size_t bytes = 0;
  for (const ScoredSymbol& scored : all) {
    bits += scored.bits;
    bytes += model.bytes(scored.symbol).size();
    Json each = symbol_json(model, scored.symbol, scored.bits);
    each["rank"] = scored.rank;
    if (!scored.top.empty()) each["top"] = alternatives_json(model, scored);
    symbols.push_back(std::move(each));
  }
  Json json = {{"model", model.name()},
               {"bits", bits},
               {"bytes", bytes},
               {"bits_per_byte", nullptr},
               {"symbols", std::move(symbols)}};
  if (bytes > 0) json["bits_per_byte"] = bits / static_cast<double>(bytes);
  return json;
}

Json sources_answer(const ServedModel& model, const Predictor& after_prompt, Byte next,
                    std::size_t top) {
  Json json = {{"model", model.name()}, {"next", next}, {"sources", nullptr}};
  const std::optional<Sources> sources = after_prompt.sources(next, top);
  if (!sources) return json;
  json["probability"] = sources->probability;
  json["elsewhere"] = sources->elsewhere;
  json["others"] = sources->others;
  json["sources"] = Json::array();
  for (const Source& source : sources->list) {
    json["sources"].push_back(
        {{"at", source.at}, {"probability", source.probability}, {"agreeing", source.agreeing}});
  }
  return json;
}

}  // namespace zipdream
