// SPDX-License-Identifier: Apache-2.0
// What clients are told, as JSON in OpenAI's shapes.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "apps/serve/completion.h"
#include "apps/serve/served_model.h"
#include "zipdream/error.h"

namespace zipdream {

// The name and time of a reply, which all of its parts share.
struct ReplyHead {
  std::string id;
  std::int64_t created = 0;  // seconds since 1970
  bool chat = false;
};
[[nodiscard]] ReplyHead new_reply(bool chat);

// A reply as a whole.
[[nodiscard]] nlohmann::ordered_json completion_reply(const ReplyHead& head,
                                                      const ServedModel& model,
                                                      const CompletionRequest& request,
                                                      const std::vector<Choice>& choices);

// The pieces of a reply that is streamed: of one request, in turn.
class ReplyStream {
 public:
  ReplyStream(ReplyHead head, const ServedModel& model, const CompletionRequest& request)
      : head_(std::move(head)), model_(model), request_(request) {}

  // What is new of a choice, as an event of SSE; empty where nothing is. A character comes when all
  // of its bytes are there.
  [[nodiscard]] std::string grown(const Choice& choice, std::size_t end, std::size_t symbols);
  // That it has ended, with what was held back.
  [[nodiscard]] std::string ended(const Choice& choice);

 private:
  [[nodiscard]] std::string event(const Choice& choice, std::size_t end, std::size_t symbols,
                                  bool is_last);

  ReplyHead head_;
  const ServedModel& model_;
  const CompletionRequest& request_;
  std::size_t index_ = 0;    // of the choice that grows
  std::size_t told_ = 0;     // bytes of it
  std::size_t symbols_ = 0;  // symbols of it
};

// "text" where the bytes are UTF-8, else "bytes:\xe2\x82".
[[nodiscard]] std::string token_text(ByteView bytes);

// The bytes as UTF-8, each that is none as U+FFFD.
[[nodiscard]] std::string lossy_text(ByteView bytes);

// {"error": {...}} with the message, the field and the remedy of an Error.
[[nodiscard]] nlohmann::ordered_json error_reply(const Error& error);
[[nodiscard]] nlohmann::ordered_json error_reply(const std::string& type,
                                                 const std::string& message);

// As text; bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json);

}  // namespace zipdream
