// SPDX-License-Identifier: Apache-2.0
// What clients send, as OpenAI's completions API has it, read from JSON and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/lm/chat_format.h"
#include "zipdream/generate.h"

namespace zipdream {

inline constexpr std::size_t kMaxLogprobs = 256;

// A text in which the names of control tokens are these tokens.
struct SpecialText {
  std::string text;
};
// A text, or ids of symbols.
using PromptInput = std::variant<std::string, std::vector<std::uint64_t>, SpecialText>;

struct CompletionRequest {
  std::string model;  // empty: the first that is served
  std::vector<PromptInput> prompts;
  std::vector<ChatMessage> messages;  // of a chat, whose prompt the model's form of it makes
  std::size_t max_tokens = 16;
  std::size_t n = 1;
  MethodKind method = MethodKind::kSample;
  std::optional<std::size_t> beam_width;  // of beams
  std::optional<std::size_t> horizon;     // of beams: symbols planned ahead
  SamplerOptions sampler;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stops;
  std::optional<std::size_t> logprobs;  // so many alternatives, up to kMaxLogprobs
  bool echo = false;
  bool stream = false;
  bool heal = false;          // a prompt that ends within a token goes on within it
  bool return_bytes = false;  // `bytes` beside each text, in base64
};

// Each throws Error, whose option is the field, for what can't be meant, and for what is asked for
// and not had; fields that nobody knows are let be, as clients send many.
[[nodiscard]] CompletionRequest read_completion(const nlohmann::json& json, std::size_t max_tokens);
// A chat; it has no prompts yet.
[[nodiscard]] CompletionRequest read_chat(const nlohmann::json& json, std::size_t max_tokens);

// Of a JSON object: a field of text, or of such texts; the fallback where it is not there or null.
[[nodiscard]] std::string text_field(const nlohmann::json& json, const char* name,
                                     const std::string& fallback);
[[nodiscard]] std::uint64_t number_field(const nlohmann::json& json, const char* name,
                                         std::uint64_t fallback, std::uint64_t min,
                                         std::uint64_t max);
[[nodiscard]] bool flag_field(const nlohmann::json& json, const char* name);
[[nodiscard]] double real_field(const nlohmann::json& json, const char* name, double fallback);
// "temperature", "unsure_temperature", "top_p", "min_p" and "top_k"; "seed".
[[nodiscard]] SamplerOptions sampler_fields(const nlohmann::json& json);
[[nodiscard]] std::optional<std::uint64_t> seed_field(const nlohmann::json& json);
// The sampler, and "colour_temperature": what images and sounds are sampled with.
[[nodiscard]] MethodRequest sampling_fields(const nlohmann::json& json);
// A seed for what has none.
[[nodiscard]] std::uint64_t random_seed();
// "prompt" as one prompt.
[[nodiscard]] PromptInput prompt_field(const nlohmann::json& json, const char* name);

}  // namespace zipdream
