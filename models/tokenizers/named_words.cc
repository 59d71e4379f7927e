// SPDX-License-Identifier: Apache-2.0
// The names in "tokenizer.ggml.pre" of GGUF files, which llama.cpp gave them, with the patterns of
// the tokenizers that they stand for (where llama.cpp can't run such a pattern it has another like
// it; here it is the model's own).
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "models/tokenizers/words.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxSteps = 5;

struct NamedRules {
  std::string_view names;                         // spaces between them
  std::array<std::string_view, kMaxSteps> steps;  // those that are empty are none
  bool whole_words = false;
};

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt4 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
                                    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N})"
    R"(| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// Words begin at capitals, and keep their endings.
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1})"
    R"(| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBailing = R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N})"
                                      R"(| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view kEachNumber = R"(\p{N})";
constexpr std::string_view kBloom = R"( ?[^(\s|.,!?…。，、।۔،)]+)";
constexpr std::string_view kDeepSeekCjk = "[一-龥぀-ゟ゠-ヿ]+";
constexpr std::string_view kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
    R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kThreeDigits = "[0-9][0-9][0-9]";

constexpr auto kNamedRules = std::to_array<NamedRules>({
    {"gpt-2 phi-2 olmo mpt jais gigachat jina-es jina-de roberta-bpe exaone4 trillion", {kGpt2}},
    {"smollm starcoder refact command-r codeshell exaone minerva-7b", {kEachNumber, kGpt2}},
    {"llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2", {kGpt4}, true},
    {"dbrx smaug-bpe glm4 chatglm-bpe", {kGpt4}},
    {"qwen2 stablelm2 deepseek-r1-qwen megrez hunyuan grok-2 kormo", {kQwen2}},
    {"qwen35", {kQwen35}},
    {"gpt-4o llama4", {kGpt4o}},
    {"tekken", {kTekken}, true},
    {"deepseek-v3 hunyuan-dense", {R"(\p{N}{1,3})", kDeepSeekCjk, kDeepSeek3}},
    {"deepseek-coder",
     {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-퟿]+", kEachNumber}},
    {"falcon", {R"([\p{P}$+<=>^~|`]+)", kGpt2, kThreeDigits}},
    {"bloom poro-chat gpt3-finnish", {kBloom}},
    {"viking", {kBloom, kEachNumber}},
    {"seed-coder", {kSeedCoder}},
    {"bailingmoe", {kBailing}},
    {"superbpe", {R"(\p{N}+)", R"((?=(\d{3})+(?!\d)))"}},
    {"default", {R"([\p{P}$+<=>^~|]+)", kGpt2, R"(\p{N}+)", kThreeDigits}},
});

bool has_word(std::string_view list, std::string_view word) {
  const std::string padded = " " + std::string(list) + " ";
  return !word.empty() && word.find(' ') == std::string_view::npos &&
         padded.find(" " + std::string(word) + " ") != std::string::npos;
}

const NamedRules* find_rules(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kNamedRules, [&](const NamedRules& each) { return has_word(each.names, name); });
  return found == kNamedRules.end() ? nullptr : found;
}

}  // namespace

std::optional<WordRules> rules_of_name(std::string_view name) {
  const NamedRules* const found = find_rules(name);
  if (found == nullptr) return std::nullopt;
  WordRules rules;
  for (const std::string_view step : found->steps) {
    if (step == kEachNumber) {
      rules.push_back({.kind = WordStep::Kind::kEachNumber});
    } else if (!step.empty()) {
      rules.push_back(step_of_regex(step));
    }
  }
  return rules;
}

bool takes_words_whole(std::string_view name) {
  const NamedRules* const found = find_rules(name);
  return found != nullptr && found->whole_words;
}

std::string names_of_rules() {
  std::string names;
  for (const NamedRules& each : kNamedRules) {
    names += (names.empty() ? "" : " ") + std::string(each.names);
  }
  std::string list;
  for (const char c : names) list += c == ' ' ? std::string(", ") : std::string(1, c);
  return list;
}

}  // namespace zipdream
