// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/text_methods.h"

#include <fmt/format.h>

#include <utility>

#include "generator/load_method.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"

namespace zipdream {
namespace {

// Symbols of a model over bytes that knows where texts end.
constexpr std::size_t kBytesAndEnd = 257;

GenerateRequest generate_request(const NamedModel& model, const CompletionRequest& request) {
  GenerateRequest wanted;
  wanted.model.spec = model.spec;
  wanted.model.probs = model.probs;
  wanted.method.kind = request.method;
  wanted.method.sampler = request.sampler;
  wanted.method.beam_width = request.beam_width;
  wanted.method.horizon = request.horizon;
  wanted.count = request.max_tokens;
  wanted.endings = {.stops = request.stops, .end_of_text = false};
  return wanted;
}

}  // namespace

void check_method_of(const ServedModel& model, const CompletionRequest& request) {
  if (request.method == MethodKind::kSample) return;
  const std::string method(name_of(request.method));
  if (request.prompts.size() != 1) {
    throw Error::of_option("prompt", "", "is several, and method " + method + " takes one",
                           "send one at a time");
  }
  if (model.alphabet_size() > kBytesAndEnd) {
    throw Error::of_option("method", method, "is for models over bytes",
                           "leave it out for " + model.name());
  }
  const GenerateRequest wanted = generate_request(parse_model_name(model.name()), request);
  check_method(wanted.method, wanted.model);
}

Bytes prompt_bytes(const ServedModel& model, const PromptInput& prompt) {
  Bytes bytes;
  for (const Symbol symbol : symbols_of(model, prompt)) {
    const ByteView some = model.bytes(symbol);
    bytes.insert(bytes.end(), some.begin(), some.end());
  }
  return bytes;
}

void generate_text(const NamedModel& model, const CompletionRequest& request, Bytes prompt,
                   std::uint64_t seed, const OnBytes& on_bytes) {
  if (request.max_tokens == 0) return;
  GenerateRequest wanted = generate_request(model, request);
  wanted.prompt = std::move(prompt);
  wanted.seed = seed;
  wanted.on_generated = on_bytes;
  (void)generate(wanted);
}

std::vector<Choice> complete_by_method(const ServedModel& model, const CompletionRequest& request,
                                       const OnStep& on_step, const OnGrown& on_grown,
                                       const OnEnded& on_ended) {
  Choice choice;
  Bytes prompt = prompt_bytes(model, request.prompts.front());
  choice.prompt_tokens = prompt.size();
  if (request.echo) choice.text = prompt;
  const std::size_t begin = choice.text.size();
  on_step();
  generate_text(parse_model_name(model.name()), request, std::move(prompt),
                request.seed ? *request.seed : random_seed(), [&](ByteView bytes) {
                  on_step();
                  choice.text.insert(choice.text.end(), bytes.begin(), bytes.end());
                  on_grown(choice, choice.text.size(), 0);
                });
  choice.completion_tokens = choice.text.size() - begin;
  choice.stopped = choice.completion_tokens < request.max_tokens;
  on_ended(choice);
  return {std::move(choice)};
}

}  // namespace zipdream
