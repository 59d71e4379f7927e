// SPDX-License-Identifier: Apache-2.0
#include "models/lm/chat_format.h"

#include <algorithm>

namespace zipdream {
namespace {

// The first that fits counts.
constexpr ChatFormat kFormats[] = {
    // Qwen, SmolLM 2 and 3, Phi 4 and others.
    {.name = "ChatML",
     .marks = {"<|im_start|>", "<|im_end|>"},
     .begin = "<|im_start|>",
     .after_role = "\n",
     .end = "<|im_end|>\n"},
    // Llama 3.
    {.name = "Llama 3",
     .marks = {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
     .begin = "<|start_header_id|>",
     .after_role = "<|end_header_id|>\n\n",
     .end = "<|eot_id|>"},
    {.name = "Gemma",
     .marks = {"<start_of_turn>", "<end_of_turn>"},
     .begin = "<start_of_turn>",
     .after_role = "\n",
     .end = "<end_of_turn>\n",
     .assistant = "model",
     .has_system = false},
    // Phi 3.
    {.name = "Phi 3",
     .marks = {"<|user|>", "<|assistant|>", "<|end|>"},
     .begin = "<|",
     .after_role = "|>\n",
     .end = "<|end|>\n"},
    // OLMo 2, Tulu.
    {.name = "Tulu",
     .marks = {"<|user|>", "<|assistant|>"},
     .begin = "<|",
     .after_role = "|>\n",
     .end = "\n"},
};

}  // namespace

const ChatFormat* find_chat_format(std::string_view chat_template) {
  if (chat_template.empty()) return nullptr;
  for (const ChatFormat& format : kFormats) {
    const auto holds = [&](std::string_view mark) {
      return chat_template.find(mark) != chat_template.npos;
    };
    if (std::ranges::all_of(format.marks, holds)) return &format;
  }
  return nullptr;
}

ChatPieces chat_pieces(const ChatFormat& format, std::string_view text) {
  ChatPieces pieces;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const auto* const mark = std::ranges::find_if(format.marks, [&](std::string_view each) {
      return !each.empty() && text.substr(at).starts_with(each);
    });
    const bool is_mark = mark != std::end(format.marks);
    if (!is_mark && at < text.size()) {
      ++at;
      continue;
    }
    if (at > begin) pieces.texts.push_back(text.substr(begin, at - begin));
    if (!is_mark) break;
    ++pieces.marks;
    at += mark->size();
    begin = at;
  }
  return pieces;
}

std::string chat_text(const ChatFormat& format, std::span<const ChatMessage> messages) {
  std::string text;
  std::string system;  // what is still to be said
  const auto begin_turn = [&](std::string_view role) {
    text += format.begin;
    text += role == "assistant" ? format.assistant : role;
    text += format.after_role;
  };
  for (const ChatMessage& message : messages) {
    if (message.role == "system" && !format.has_system) {
      system += message.content + "\n\n";
      continue;
    }
    begin_turn(message.role);
    text += system + message.content;
    text += format.end;
    system.clear();
  }
  begin_turn("assistant");
  return text;
}

}  // namespace zipdream
