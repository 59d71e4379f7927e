// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/model_facts.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "models/lm/facts.h"

namespace zipdream {
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
  json["usable"] = facts.problem.empty();
  json["problem"] = known(facts.problem);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zipdream
