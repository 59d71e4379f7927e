// SPDX-License-Identifier: Apache-2.0
// How models that were trained on conversations expect them to be written. Their files say it by a
// program in a language of templates, which is not run: the usual forms are known by what such a
// program holds.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zipdream {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

struct ChatFormat {
  // A turn is `begin`, the role, `after_role`, the content and `end`.
  std::string_view name;  // "ChatML"
  // The control tokens that it is made of; a template that holds all of them is of this form. Those
  // that are left empty stand for nothing.
  std::string_view marks[3];
  std::string_view begin;
  std::string_view after_role;
  std::string_view end;
  std::string_view assistant = "assistant";  // the role's name
  bool has_system = true;  // else what a system says stands before what the user says
};

// The form of a model's template; null where there is none, or none that is known.
[[nodiscard]] const ChatFormat* find_chat_format(std::string_view chat_template);

// A text without the marks of a format, piece by piece, and how many marks there are.
struct ChatPieces {
  std::vector<std::string_view> texts;  // none is empty; they live as long as the text
  std::size_t marks = 0;
};
[[nodiscard]] ChatPieces chat_pieces(const ChatFormat& format, std::string_view text);

// The conversation, and the beginning of what the assistant says next. The names of control tokens
// are in it, to be read as such.
[[nodiscard]] std::string chat_text(const ChatFormat& format,
                                    std::span<const ChatMessage> messages);

}  // namespace zipdream
