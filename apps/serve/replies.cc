// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/replies.h"

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/encodings.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

bool is_continuation(Byte byte) { return (byte & 0xc0) == 0x80; }

// For each byte, and behind the last one, how many characters of lossy_text() lie before the one
// that it is in.
std::vector<std::size_t> character_of_bytes(ByteView bytes) {
  std::vector<std::size_t> index(bytes.size() + 1);
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto rest = bytes.subspan(at);
    const auto invalid =
        static_cast<std::size_t>(utf8::find_invalid(rest.begin(), rest.end()) - rest.begin());
    for (std::size_t i = 0; i < invalid; ++i) {
      if (!is_continuation(rest[i])) ++count;
      index[at + i] = count - 1;
    }
    at += invalid;
    if (at < bytes.size()) index[at++] = count++;
  }
  index[bytes.size()] = count;
  return index;
}

// Where the last character ends that is whole, or can't become one.
std::size_t whole_characters(ByteView bytes) {
  constexpr std::size_t kMost = 3;  // bytes of a character that lacks one
  for (std::size_t back = 1; back <= std::min(kMost, bytes.size()); ++back) {
    const Byte lead = bytes[bytes.size() - back];
    if (is_continuation(lead)) continue;
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return size > back && lead < 0xf8 ? bytes.size() - back : bytes.size();
  }
  return bytes.size();
}

Json top_json(const ServedModel& model, const SeenSymbol& seen) {
  if (!seen.log_prob) return nullptr;
  Json top = Json::object();
  for (const auto& [symbol, log_prob] : seen.top) {
    const std::string text = token_text(model.bytes(symbol));
    if (!top.contains(text)) top[text] = log_prob;  // the likeliest of those that read alike
  }
  return top;
}

// Of the symbols [first, last) of a choice.
Json logprobs_json(const ServedModel& model, const Choice& choice, std::size_t first,
                   std::size_t last) {
  const std::vector<std::size_t> characters = character_of_bytes(choice.text);
  Json json = {{"tokens", Json::array()},
               {"token_logprobs", Json::array()},
               {"top_logprobs", Json::array()},
               {"text_offset", Json::array()},
               {"token_ids", Json::array()}};
  for (std::size_t i = first; i < last; ++i) {
    const SeenSymbol& seen = choice.symbols[i];
    json["tokens"].push_back(seen.symbol == kTextBegins ? std::string(kTextBeginsName)
                                                        : token_text(model.bytes(seen.symbol)));
    json["token_logprobs"].push_back(seen.log_prob ? Json(*seen.log_prob) : Json(nullptr));
    json["top_logprobs"].push_back(top_json(model, seen));
    json["text_offset"].push_back(characters[std::min(seen.begin, choice.text.size())]);
    json["token_ids"].push_back(model.id(seen.symbol));
  }
  return json;
}

Json head_json(const ReplyHead& head, const ServedModel& model, bool is_part) {
  const char* const kind =
      head.chat ? (is_part ? "chat.completion.chunk" : "chat.completion") : "text_completion";
  return {{"id", head.id}, {"object", kind}, {"created", head.created}, {"model", model.name()}};
}

Json finish_reason(const Choice& choice) { return choice.stopped ? "stop" : "length"; }

}  // namespace

ReplyHead new_reply(bool chat) {
  static std::atomic<std::uint64_t> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return {fmt::format("{}-{}-{}", chat ? "chatcmpl" : "cmpl", seconds, ++count), seconds, chat};
}

Json completion_reply(const ReplyHead& head, const ServedModel& model,
                      const CompletionRequest& request, const std::vector<Choice>& choices) {
  Json json = head_json(head, model, false);
  json["choices"] = Json::array();
  std::size_t prompt_tokens = 0;
  std::size_t completion_tokens = 0;
  for (const Choice& choice : choices) {
    Json each = {{"index", choice.index}};
    if (head.chat) {
      each["message"] = {{"role", "assistant"}, {"content", lossy_text(choice.text)}};
    } else {
      each["text"] = lossy_text(choice.text);
    }
    if (request.return_bytes) each["bytes"] = base64(choice.text);
    each["logprobs"] =
        request.logprobs ? logprobs_json(model, choice, 0, choice.symbols.size()) : Json(nullptr);
    each["finish_reason"] = finish_reason(choice);
    json["choices"].push_back(std::move(each));
    if (choice.index % request.n == 0) prompt_tokens += choice.prompt_tokens;
    completion_tokens += choice.completion_tokens;
  }
  json["usage"] = {{"prompt_tokens", prompt_tokens},
                   {"completion_tokens", completion_tokens},
                   {"total_tokens", prompt_tokens + completion_tokens}};
  return json;
}

std::string ReplyStream::grown(const Choice& choice, std::size_t end, std::size_t symbols) {
  if (choice.index != index_) {
    index_ = choice.index;
    told_ = symbols_ = 0;
  }
  end = whole_characters(ByteView(choice.text).first(end));
  if (!request_.logprobs) symbols = symbols_;
  if (end <= told_ && symbols <= symbols_) return {};
  return event(choice, std::max(end, told_), symbols, false);
}

std::string ReplyStream::ended(const Choice& choice) {
  if (choice.index != index_) {
    index_ = choice.index;
    told_ = symbols_ = 0;
  }
  return event(choice, choice.text.size(), request_.logprobs ? choice.symbols.size() : 0, true);
}

std::string ReplyStream::event(const Choice& choice, std::size_t end, std::size_t symbols,
                               bool is_last) {
  const ByteView fresh = ByteView(choice.text).subspan(told_, end - told_);
  Json each = {{"index", choice.index}};
  if (head_.chat) {
    each["delta"] = Json::object();
    if (told_ == 0) each["delta"]["role"] = "assistant";
    each["delta"]["content"] = lossy_text(fresh);
  } else {
    each["text"] = lossy_text(fresh);
  }
  if (request_.return_bytes) each["bytes"] = base64(fresh);
  each["logprobs"] = request_.logprobs && symbols > symbols_
                         ? logprobs_json(model_, choice, symbols_, symbols)
                         : Json(nullptr);
  each["finish_reason"] = is_last ? finish_reason(choice) : Json(nullptr);
  Json json = head_json(head_, model_, true);
  json["choices"] = Json::array({std::move(each)});
  told_ = end;
  symbols_ = std::max(symbols, symbols_);
  return "data: " + dump(json) + "\n\n";
}

std::string token_text(ByteView bytes) {
  if (is_utf8(bytes)) return std::string(as_chars(bytes));
  std::string text = "bytes:";
  for (const Byte byte : bytes) text += fmt::format("\\x{:02x}", byte);
  return text;
}

std::string lossy_text(ByteView bytes) {
  std::string text;
  while (!bytes.empty()) {
    const auto valid =
        static_cast<std::size_t>(utf8::find_invalid(bytes.begin(), bytes.end()) - bytes.begin());
    text += as_chars(bytes.first(valid));
    bytes = bytes.subspan(valid);
    if (bytes.empty()) break;
    text += "\xef\xbf\xbd";
    bytes = bytes.subspan(1);
  }
  return text;
}

Json error_reply(const Error& error) {
  const bool usage = error.kind() == Error::Kind::kUsage;
  Json json = {{"message", error.what()},
               {"type", usage ? "invalid_request_error" : "server_error"},
               {"param", nullptr},
               {"code", nullptr},
               {"remedy", nullptr}};
  if (!error.option().empty()) json["param"] = error.option();
  if (!error.remedy().empty()) json["remedy"] = error.remedy();
  return {{"error", json}};
}

Json error_reply(const std::string& type, const std::string& message) {
  return {{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", nullptr}}}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zipdream
