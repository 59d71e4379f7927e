// SPDX-License-Identifier: Apache-2.0
// The models in the playground's page. It answers the requests of the server (apps/serve) with the
// same JSON, so that the page has one way to ask, and more: methods, images and sound. Everything
// goes through the functions that the command calls, so that a seed gives the same bytes.
#include <emscripten.h>

#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/serve/answers.h"
#include "apps/serve/completion.h"
#include "apps/serve/replies.h"
#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "base/encodings.h"
#include "base/sequence.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

// Gives the page a piece of an answer: JSON.
EM_JS(void, zipdream_tell, (const char* text), { Module.tell(UTF8ToString(text)); });

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;
using Body = nlohmann::json;

constexpr std::size_t kKeptPrompts = 24;
constexpr std::size_t kMaxTokens = std::size_t{1} << 20;
constexpr std::size_t kMaxTop = 256;

void tell(const Json& json) { zipdream_tell(dump(json).c_str()); }

// "gzip:9@lengths" is gzip by its code lengths, as in `zipdream compare`.
struct NamedModel {
  Spec spec;
  std::optional<Probs> probs;
};
NamedModel parse_name(const std::string& name) {
  constexpr std::string_view kLengths = "@lengths";
  if (!name.ends_with(kLengths)) return {Spec::parse(name), std::nullopt};
  return {Spec::parse(name.substr(0, name.size() - kLengths.size())), Probs::kLengths};
}

const ServedModel& model(const std::string& name) {
  static std::map<std::string, std::unique_ptr<const ServedModel>> models;
  std::unique_ptr<const ServedModel>& found = models[name];
  if (!found) {
    const NamedModel named = parse_name(name);
    found = std::make_unique<const ServedModel>(
        name, make_predictor(named.spec, {.probs = named.probs}), kKeptPrompts);
  }
  return *found;
}

const ServedModel& model_of(const Body& body) { return model(text_field(body, "model", "gzip:9")); }

void distribution(const Body& body) {
  const ServedModel& asked = model_of(body);
  const std::vector<Symbol> prompt = symbols_of(asked, prompt_field(body, "prompt"));
  const auto predictor = read_prompt(asked, prompt, [] {});
  tell(distribution_answer(asked, *predictor, prompt.size(),
                           number_field(body, "top", 0, 0, kMaxTop)));
}

void score(const Body& body) {
  const ServedModel& asked = model_of(body);
  const std::vector<Symbol> context = symbols_of(asked, prompt_field(body, "context"));
  const std::vector<Symbol> text = symbols_of(asked, prompt_field(body, "text"));
  const std::uint64_t top = number_field(body, "top", 0, 0, kMaxLogprobs);
  tell(score_answer(asked, score_text(asked, context, text, top, [] {})));
}

void sources(const Body& body) {
  const ServedModel& asked = model_of(body);
  const std::vector<Symbol> prompt = symbols_of(asked, prompt_field(body, "prompt"));
  const auto predictor = read_prompt(asked, prompt, [] {});
  const auto next = static_cast<Byte>(number_field(body, "next", 0, 0, 255));
  tell(sources_answer(asked, *predictor, next, number_field(body, "top", 16, 1, kMaxTop)));
}

// What is new of a continuation, as an event of /v1/completions has it.
void tell_bytes(ByteView bytes) {
  tell({{"choices", {{{"index", 0}, {"text", lossy_text(bytes)}, {"bytes", base64(bytes)}}}}});
}

MethodKind method_of(const std::string& name) {
  if (name == "beam") return MethodKind::kBeam;
  return name == "dream" ? MethodKind::kDream : MethodKind::kSample;
}

// A list of numbers. Throws a usage Error where one is no byte.
Bytes bytes_field(const Body& body, const char* name) {
  Bytes bytes;
  for (const Body& each : body.at(name)) {
    const auto value = each.get<std::int64_t>();
    if (value < 0 || value > 255) throw usage_error(std::string(name) + ": holds what is no byte");
    bytes.push_back(static_cast<Byte>(value));
  }
  return bytes;
}

// As `zipdream generate` does it.
void complete_text(const Body& body) {
  const CompletionRequest asked = read_completion(body, kMaxTokens);
  GenerateRequest request;
  const NamedModel named = parse_name(asked.model);
  request.model.spec = named.spec;
  request.model.probs = named.probs;
  request.method.kind = method_of(text_field(body, "method", "sample"));
  request.method.sampler = asked.sampler;
  if (request.method.kind == MethodKind::kDream) request.method.sampler = {};
  if (request.method.kind == MethodKind::kBeam) {
    request.method.beam_width = number_field(body, "beam_width", 32, 1, 1024);
    request.method.horizon = number_field(body, "horizon", 24, 1, 1024);
  }
  const PromptInput& prompt = asked.prompts.at(0);
  if (const auto* text = std::get_if<std::string>(&prompt)) {
    request.prompt = to_bytes(*text);
  } else {
    request.prompt = bytes_field(body, "prompt");
  }
  request.count = asked.max_tokens;
  request.seed = asked.seed.value_or(0);
  request.endings = {.stops = asked.stops, .end_of_text = false};
  request.on_generated = tell_bytes;
  (void)generate(request);
}

MediaShape shape_of(const Body& body) {
  MediaShape shape;
  const std::size_t channels = number_field(body, "channels", 1, 1, 3);
  shape.samples = SampleShape{.format = SampleFormat::kU8, .channels = channels};
  const std::size_t width = number_field(body, "width", 0, 0, 65536);
  if (width > 0) shape.rows = RowShape{.width = width, .channels = channels};
  return shape;
}

// Pixels in rows, or samples of sound of 8 bits, which are "data" in base64; `count` bytes more.
void complete_media(const Body& body) {
  const Spec spec =
      adapted_spec(Spec::parse(text_field(body, "model", "image")), shape_of(body), 0);
  const CompletionRequest sampling = read_completion(body, kMaxTokens);
  Sequence sequence;
  sequence.prompt = bytes_field(body, "data");
  sequence.count = number_field(body, "count", 1, 1, kMaxTokens);
  const auto method = make_sampling(make_predictor(spec), sampling.sampler);
  Bytes pending;
  const std::size_t piece = number_field(body, "piece", 256, 1, kMaxTokens);
  (void)generate(*method, std::span(&sequence, 1), sampling.seed.value_or(0),
                 [&](std::size_t /*sequence*/, ByteView bytes) {
                   pending.insert(pending.end(), bytes.begin(), bytes.end());
                   if (pending.size() < piece) return;
                   tell({{"bytes", base64(pending)}});
                   pending.clear();
                 });
  if (!pending.empty()) tell({{"bytes", base64(pending)}});
}

void answer(const std::string& path, const Body& body) {
  if (path == "/v1/distribution") return distribution(body);
  if (path == "/v1/score") return score(body);
  if (path == "/v1/sources") return sources(body);
  if (path == "/v1/completions") return complete_text(body);
  if (path == "/v1/media") return complete_media(body);
  throw usage_error(path + ": there is no such path");
}

}  // namespace
}  // namespace zipdream

extern "C" {

// Answers a request in pieces, by zipdream_tell(); an error is one, too.
EMSCRIPTEN_KEEPALIVE void zipdream_ask(const char* path, const char* body) {
  using namespace zipdream;
  try {
    answer(path, Body::parse(body));
  } catch (const Error& error) {
    tell(error_reply(error));
  } catch (const std::exception& error) {
    tell(error_reply("server_error", error.what()));
  }
}
}
