// SPDX-License-Identifier: Apache-2.0
// The body of a request to the server is refused in words, or read to what is within its limits.
// libFuzzer: -max_len=4096
#include "apps/serve/requests.h"

#include <nlohmann/json.hpp>
#include <string>

#include "models/bounded_json.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxTokens = 1000;

void check_request(const CompletionRequest& request) {
  check(request.prompts.empty() != request.messages.empty(), "a request has no prompt");
  check(request.max_tokens <= kMaxTokens, "a request asks for more tokens than there may be");
  check(request.n >= 1, "a request asks for nothing");
  check(!request.logprobs || *request.logprobs <= kMaxLogprobs, "too many alternatives");
  check_sampler(request.sampler);
  for (const std::string& stop : request.stops) check(!stop.empty(), "an empty stop");
}

}  // namespace

void fuzz(ByteView data) {
  const std::string body(as_chars(data));
  accepts([&] {
    const auto json = parse_bounded_json<nlohmann::json>(body, "body");
    (void)accepts([&] { check_request(read_completion(*json, kMaxTokens)); });
    (void)accepts([&] { check_request(read_chat(*json, kMaxTokens)); });
    (void)accepts([&] { (void)prompt_field(*json, "prompt"); });
  });
}

}  // namespace zipdream
