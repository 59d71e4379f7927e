// SPDX-License-Identifier: Apache-2.0
// From bytes to the symbols of a language model and back.
//
// Every tokenizer here is lossless for the bytes of a text, valid UTF-8 or not: what the symbols of
// encode(text) stand for, one after the other, is text_prefix() + text (an empty text has no
// symbols), even where the library that the vocabulary comes from changes it. So:
//   - The names of control tokens ("<|endoftext|>", "<s>") in a text are text; only
//     encode_special() makes control tokens of them.
//   - Spaces beside a token that would take them in are text.
//   - A vocabulary of SentencePiece begins each text with a space of its own, the text_prefix();
//     decode() takes it away at the beginning and nowhere else.
//   - A text may be cut anywhere, within a character too: tokens are bytes.
// Where a vocabulary has no token for some byte, encode() throws an Error that names it.
//
// Threads: immutable once made; all members may be called from many threads.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

class Tokenizer {
 public:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  virtual ~Tokenizer() = default;

  // Symbols are 0 .. size() - 1.
  [[nodiscard]] virtual std::size_t size() const = 0;

  // What the symbol stands for in the middle of a text; empty for control tokens. Valid while the
  // tokenizer lives. REQUIRES: symbol < size().
  [[nodiscard]] virtual ByteView bytes_of(Symbol symbol) const = 0;

  // The symbols of a text from its beginning, in O(n log n) time and O(n) memory. Throws Error when
  // a byte has no token, which it never does where takes_any_bytes(), and where the vocabulary's
  // own pattern takes too much work on this text (regex.h).
  [[nodiscard]] virtual std::vector<Symbol> encode(ByteView text) const = 0;

  // As encode(), for what follows bytes already encoded: without the text_prefix(). Words that lie
  // across the cut are tokenized in two parts, so the symbols may be others than those of the
  // whole.
  [[nodiscard]] virtual std::vector<Symbol> encode_more(ByteView text) const = 0;

  // As encode() for a text at the beginning, else as encode_more(), but the names of control tokens
  // stand for these, and tokens that take the spaces beside them do; so what the symbols stand for
  // may be less than the text.
  [[nodiscard]] virtual std::vector<Symbol> encode_special(ByteView text,
                                                           bool at_beginning) const = 0;

  // What encode() puts before every text that is not empty: one space or nothing.
  [[nodiscard]] virtual ByteView text_prefix() const = 0;

  // Whether encode() takes all byte strings.
  [[nodiscard]] virtual bool takes_any_bytes() const = 0;

  // The control tokens that models see before and after each text, where the vocabulary has them.
  [[nodiscard]] virtual std::optional<Symbol> begin_of_text() const = 0;
  [[nodiscard]] virtual std::optional<Symbol> end_of_text() const = 0;

  // What it is, for people: "BPE of bytes, 50257 tokens".
  [[nodiscard]] virtual std::string describe() const = 0;

  // The token of this name, as the vocabulary's file writes it ("<|im_end|>"), control tokens
  // included.
  [[nodiscard]] virtual std::optional<Symbol> find(std::string_view name) const = 0;
};

// The text that symbols stand for: their bytes less the text_prefix() at the beginning, if it is
// there. REQUIRES: each symbol < tokenizer.size().
[[nodiscard]] Bytes decode(const Tokenizer& tokenizer, std::span<const Symbol> symbols);

// Symbol b is byte b; no control tokens.
[[nodiscard]] std::unique_ptr<Tokenizer> make_byte_tokenizer();

// The files that load_tokenizer() reads of a folder, always in the same order; none if it has none.
[[nodiscard]] std::vector<std::string> tokenizer_files(const std::string& folder);

// The tokenizer of a model's folder, by the first of these that is there:
//   tokenizer.json                           Hugging Face's, if its model is BPE
//   encoder.json and vocab.bpe               GPT-2's
//   vocab.json and merges.txt                GPT-2's by their other names
//   the only rwkv_vocab*.txt                 RWKV's
//   tokenizer.bin, or the only tok*.bin      llama2.c's
// or of one such file: tokenizer.json, RWKV's or llama2.c's by its path. Throws Error when there is
// none, when it is malformed, or when it would not be lossless.
[[nodiscard]] std::unique_ptr<Tokenizer> load_tokenizer(const std::string& folder);

// The tokenizer that the text of a tokenizer.json describes; errors begin with `where`.
[[nodiscard]] std::unique_ptr<Tokenizer> tokenizer_of_json(std::string_view text,
                                                           const std::string& where);

}  // namespace zipdream
