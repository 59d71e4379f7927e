// SPDX-License-Identifier: Apache-2.0
// The models in the playground's page. It answers the requests of the server (apps/serve) with the
// same JSON, so that the page has one way to ask. Everything goes through the functions that the
// command calls, so that a seed gives the same bytes.
#include <emscripten.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/serve/answers.h"
#include "apps/serve/bare_media.h"
#include "apps/serve/completion.h"
#include "apps/serve/replies.h"
#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "apps/serve/text_methods.h"
#include "base/encodings.h"
#include "zipdream/error.h"
#include "zipdream/predictor.h"

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

const ServedModel& model(const std::string& name) {
  static std::map<std::string, std::unique_ptr<const ServedModel>> models;
  std::unique_ptr<const ServedModel>& found = models[name];
  if (!found) found = std::make_unique<const ServedModel>(name, kKeptPrompts);
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

// As `zipdream generate` does it.
void complete_text(const Body& body) {
  const CompletionRequest asked = read_completion(body, kMaxTokens);
  const ServedModel& model = model_of(body);
  check_method_of(model, asked);
  generate_text(parse_model_name(model.name()), asked, prompt_bytes(model, asked.prompts.front()),
                asked.seed.value_or(0), tell_bytes);
}

void complete_media(const Body& body) {
  const BareMedia media = read_bare_media(body, kMaxTokens);
  BareWork(media).run(
      media.seed.value_or(0), [] {},
      [](ByteView bytes) {
        tell({{"bytes", base64(bytes)}});
      });
}

void answer(const std::string& path, const Body& body) {
  if (path == "/v1/distribution") return distribution(body);
  if (path == "/v1/score") return score(body);
  if (path == "/v1/sources") return sources(body);
  if (path == "/v1/completions") return complete_text(body);
  if (path == "/v1/generate") return complete_media(body);
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
