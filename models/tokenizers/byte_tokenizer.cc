// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cassert>

#include "models/tokenizers/tokenizer.h"

namespace zipdream {
namespace {

constexpr std::size_t kByteValues = 256;

std::array<Byte, kByteValues> every_byte() {
  std::array<Byte, kByteValues> result{};
  for (std::size_t i = 0; i < kByteValues; ++i) result[i] = static_cast<Byte>(i);
  return result;
}

class ByteTokenizer final : public Tokenizer {
 public:
  std::size_t size() const override { return kByteValues; }
  ByteView bytes_of(Symbol symbol) const override {
    assert(symbol < kByteValues);
    return ByteView(bytes_).subspan(symbol, 1);
  }
  std::vector<Symbol> encode(ByteView text) const override { return {text.begin(), text.end()}; }
  std::vector<Symbol> encode_more(ByteView text) const override { return encode(text); }
  ByteView text_prefix() const override { return {}; }
  bool takes_any_bytes() const override { return true; }
  std::optional<Symbol> begin_of_text() const override { return std::nullopt; }
  std::optional<Symbol> end_of_text() const override { return std::nullopt; }
  std::optional<Symbol> find(std::string_view name) const override {
    if (name.size() != 1) return std::nullopt;
    return static_cast<Byte>(name[0]);
  }

 private:
  std::array<Byte, kByteValues> bytes_ = every_byte();
};

}  // namespace

std::unique_ptr<Tokenizer> make_byte_tokenizer() { return std::make_unique<ByteTokenizer>(); }

}  // namespace zipdream
