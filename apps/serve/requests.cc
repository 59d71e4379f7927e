// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/requests.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "generator/load_method.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxChoices = 128;
constexpr std::size_t kMaxPrompts = 2048;
constexpr std::size_t kMaxStops = 16;
constexpr std::size_t kMaxPlanned = 1024;  // beams, and symbols ahead

// The field, or null where it is missing, or null.
const Json* field(const Json& json, const char* name) {
  if (!json.is_object()) throw Error::of_option("body", "", "is no JSON object", "send one");
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

// What would change the result if it were done.
void refuse(const Json& json, const char* name, const Json& harmless) {
  const Json* value = field(json, name);
  if (value == nullptr || *value == harmless || (value->is_number() && *value == 0)) return;
  throw Error::of_option(name, "", "is not done here", "leave it out");
}

std::vector<std::uint64_t> ids_of(const Json& json, const char* name) {
  std::vector<std::uint64_t> ids;
  for (const Json& id : json) {
    if (!id.is_number_unsigned()) {
      throw Error::of_option(name, "", "mixes ids with what is none",
                             "send a text, ids, or a list of one of these");
    }
    ids.push_back(id.get<std::uint64_t>());
  }
  return ids;
}

std::vector<PromptInput> prompts_of(const Json& json, const char* name) {
  if (json.is_string()) return {json.get<std::string>()};
  if (!json.is_array() || json.empty()) {
    throw Error::of_option(name, "", "is no text, no ids and no list of these", "send one of them");
  }
  if (json.size() > kMaxPrompts && !json[0].is_number()) {
    throw Error::of_option(name, "", fmt::format("has more than {} prompts", kMaxPrompts),
                           "send them in several requests");
  }
  if (json[0].is_number()) return {ids_of(json, name)};
  std::vector<PromptInput> prompts;
  for (const Json& each : json) {
    if (each.is_string()) {
      prompts.emplace_back(each.get<std::string>());
    } else if (each.is_array()) {
      prompts.emplace_back(ids_of(each, name));
    } else {
      throw Error::of_option(name, "", "has a prompt that is no text and no ids",
                             "send texts, or lists of ids");
    }
  }
  return prompts;
}

std::vector<std::string> stops_of(const Json& json) {
  const Json* value = field(json, "stop");
  if (value == nullptr) return {};
  std::vector<std::string> stops;
  const auto add = [&](const Json& stop) {
    if (!stop.is_string() || stop.get<std::string>().empty()) {
      throw Error::of_option("stop", "", "has what is no text, or an empty one", "send texts");
    }
    stops.push_back(stop.get<std::string>());
  };
  if (value->is_array()) {
    for (const Json& stop : *value) add(stop);
  } else {
    add(*value);
  }
  if (stops.size() > kMaxStops) {
    throw Error::of_option("stop", "", fmt::format("has more than {} texts", kMaxStops),
                           "send fewer");
  }
  return stops;
}

// What completions and chats have in common.
CompletionRequest read_sampling(const Json& json, std::size_t max_tokens) {
  CompletionRequest request;
  request.model = text_field(json, "model", "");
  request.max_tokens = number_field(json, "max_tokens", request.max_tokens, 0, max_tokens);
  request.n = number_field(json, "n", 1, 1, kMaxChoices);
  request.sampler = sampler_fields(json);
  request.seed = seed_field(json);
  request.stops = stops_of(json);
  request.stream = flag_field(json, "stream");
  request.return_bytes = flag_field(json, "return_bytes");
  request.heal = flag_field(json, "heal");
  if (real_field(json, "colour_temperature", 1) != 1) {
    throw Error::of_option("colour_temperature", "", "is for images in colour", "leave it out");
  }
  for (const char* name : {"presence_penalty", "frequency_penalty"}) refuse(json, name, 0);
  refuse(json, "logit_bias", Json::object());
  return request;
}

// How to go on other than by sampling, which has no probabilities of tokens.
void read_method(const Json& json, CompletionRequest& request) {
  const std::string method = text_field(json, "method", "sample");
  if (method == "beam") {
    request.method = MethodKind::kBeam;
  } else if (method == "dream") {
    request.method = MethodKind::kDream;
  } else if (method != "sample") {
    throw Error::of_option("method", method, "is none that is had here",
                           "send one of sample, beam, dream");
  }
  for (const auto& [name, value] :
       {std::pair("beam_width", &request.beam_width), std::pair("horizon", &request.horizon)}) {
    if (field(json, name) == nullptr) continue;
    if (request.method != MethodKind::kBeam) {
      throw Error::of_option(name, "", "is for method beam", "leave it out, or send that method");
    }
    *value = number_field(json, name, 0, 1, kMaxPlanned);
  }
  if (request.method == MethodKind::kSample) return;
  const auto refuse_with_it = [&](bool is_asked, const char* name) {
    if (is_asked) throw Error::of_option(name, "", "is for method sample", "leave it out");
  };
  refuse_with_it(request.n > 1, "n");
  refuse_with_it(request.heal, "heal");
  refuse_with_it(field(json, "logprobs") != nullptr, "logprobs");
}

}  // namespace

std::string text_field(const Json& json, const char* name, const std::string& fallback) {
  const Json* value = field(json, name);
  if (value == nullptr) return fallback;
  if (!value->is_string()) throw Error::of_option(name, "", "is no text", "send a text");
  return value->get<std::string>();
}

std::uint64_t number_field(const Json& json, const char* name, std::uint64_t fallback,
                           std::uint64_t min, std::uint64_t max) {
  const Json* value = field(json, name);
  if (value == nullptr) return fallback;
  const bool good = value->is_number_unsigned() && value->get<std::uint64_t>() >= min &&
                    value->get<std::uint64_t>() <= max;
  if (!good) {
    throw Error::of_option(name, value->dump(-1, ' ', true, Json::error_handler_t::replace),
                           "is out of range", fmt::format("send {} to {}", min, max));
  }
  return value->get<std::uint64_t>();
}

bool flag_field(const Json& json, const char* name) {
  const Json* value = field(json, name);
  if (value == nullptr) return false;
  if (!value->is_boolean())
    throw Error::of_option(name, "", "is no truth value", "say true or false");
  return value->get<bool>();
}

double real_field(const Json& json, const char* name, double fallback) {
  const Json* value = field(json, name);
  if (value == nullptr) return fallback;
  if (!value->is_number()) throw Error::of_option(name, "", "is no number", "send a number");
  return value->get<double>();
}

SamplerOptions sampler_fields(const Json& json) {
  SamplerOptions sampler;
  sampler.temperature = real_field(json, "temperature", 1);
  if (field(json, "unsure_temperature") != nullptr) {
    sampler.unsure_temperature = real_field(json, "unsure_temperature", 1);
  }
  sampler.top_p = real_field(json, "top_p", 1);
  sampler.min_p = real_field(json, "min_p", 0);
  sampler.top_k = number_field(json, "top_k", 0, 0, std::numeric_limits<std::uint32_t>::max());
  check_sampler(sampler);
  return sampler;
}

MethodRequest sampling_fields(const Json& json) {
  MethodRequest method;
  method.sampler = sampler_fields(json);
  method.colour_temperature = real_field(json, "colour_temperature", 1);
  check_method(method, {});
  return method;
}

std::optional<std::uint64_t> seed_field(const Json& json) {
  if (field(json, "seed") == nullptr) return std::nullopt;
  return number_field(json, "seed", 0, 0, std::numeric_limits<std::uint64_t>::max());
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

PromptInput prompt_field(const Json& json, const char* name) {
  const Json* value = field(json, name);
  if (value == nullptr) return std::string();
  std::vector<PromptInput> prompts = prompts_of(*value, name);
  if (prompts.size() != 1) throw Error::of_option(name, "", "is several prompts", "send one");
  return std::move(prompts.front());
}

CompletionRequest read_completion(const Json& json, std::size_t max_tokens) {
  CompletionRequest request = read_sampling(json, max_tokens);
  read_method(json, request);
  const Json* prompt = field(json, "prompt");
  request.prompts =
      prompt == nullptr ? std::vector<PromptInput>{std::string()} : prompts_of(*prompt, "prompt");
  if (field(json, "logprobs") != nullptr) {
    request.logprobs = number_field(json, "logprobs", 0, 0, kMaxLogprobs);
  }
  request.echo = flag_field(json, "echo");
  if (request.heal && request.logprobs) {
    throw Error::of_option("heal", "", "has no probabilities of tokens",
                           "leave out one of the two");
  }
  refuse(json, "suffix", "");
  const std::uint64_t best_of = number_field(json, "best_of", request.n, 1, kMaxChoices);
  if (best_of != request.n) {
    throw Error::of_option("best_of", "", "is not done here", "leave it out, and send n");
  }
  return request;
}

CompletionRequest read_chat(const Json& json, std::size_t max_tokens) {
  CompletionRequest request = read_sampling(json, max_tokens);
  const Json* messages = field(json, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    throw Error::of_option("messages", "", "is no list of messages", "send one message at least");
  }
  for (const Json& message : *messages) {
    if (!message.is_object()) {
      throw Error::of_option("messages", "", "has what is no message", "send objects");
    }
    request.messages.push_back(
        {text_field(message, "role", "user"), text_field(message, "content", "")});
  }
  if (flag_field(json, "logprobs")) {
    throw Error::of_option("logprobs", "", "is not done for chats", "ask /v1/completions");
  }
  return request;
}

}  // namespace zipdream
