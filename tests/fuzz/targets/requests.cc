// SPDX-License-Identifier: Apache-2.0
// The body of a request to the server is refused in words, or read to what is within its limits.
// libFuzzer: -max_len=4096
#include "apps/serve/requests.h"

#include <nlohmann/json.hpp>
#include <string>

#include "apps/serve/bare_media.h"
#include "apps/serve/media.h"
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

void check_bare(const BareMedia& media) {
  check(!media.sequence.prompt.empty(), "bare media have no bytes");
  check(media.sequence.count >= 1 && media.sequence.count <= kMaxTokens, "a count out of range");
  check(media.piece >= 1, "pieces of nothing");
  check_sampler(media.method.sampler);
}

void check_file(const MediaRequest& request) {
  check(!request.file.empty(), "a request has no file");
  check(request.job.count >= 1 && request.job.count <= kMaxTokens, "a count out of range");
  check_sampler(request.method.sampler);
}

}  // namespace

void fuzz(ByteView data) {
  const std::string body(as_chars(data));
  accepts([&] {
    const auto json = parse_bounded_json<nlohmann::json>(body, "body");
    (void)accepts([&] { check_request(read_completion(*json, kMaxTokens)); });
    (void)accepts([&] { check_request(read_chat(*json, kMaxTokens)); });
    (void)accepts([&] { (void)prompt_field(*json, "prompt"); });
    (void)accepts([&] { check_bare(read_bare_media(*json, kMaxTokens)); });
    (void)accepts([&] { check_file(read_media(*json, kMaxTokens)); });
  });
}

}  // namespace zipdream
