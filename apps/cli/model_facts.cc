// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/model_facts.h"

#include <cstdint>

#include "models/lm/facts.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json known(std::uint64_t number) { return number == 0 ? Json() : Json(number); }

}  // namespace

void add_model_facts(const std::string& path, Json& json) {
  const LmFacts facts = lm_facts(path);
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
}

}  // namespace zipdream
