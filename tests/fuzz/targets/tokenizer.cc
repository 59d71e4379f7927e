// SPDX-License-Identifier: Apache-2.0
// A vocabulary may be anything: which of its formats, then the file, a zero byte and a text. One
// that is accepted has to be lossless.
// libFuzzer: -max_len=4000
#include "models/tokenizers/tokenizer.h"

#include <algorithm>
#include <array>
#include <string>

#include "tests/fuzz/file_in_memory.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

constexpr std::array kNames = {"tokenizer.json", "tokenizer.bin", "vocab.json", "rwkv_vocab.txt"};
constexpr std::string_view kMerges = "#version: 0.2\nh e\nl l\nhe ll\n";
constexpr std::size_t kTextBytes = 64;

void check_lossless(const Tokenizer& tokenizer, ByteView text) {
  accepts([&] {
    const Bytes back = decode(tokenizer, tokenizer.encode(text));
    check(std::ranges::equal(back, text), "a tokenizer lost something");
  });
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const std::size_t format = input.choose(kNames.size());
  const ByteView text = input.take(input.choose(kTextBytes));
  for (const char* name : kNames) remove_scratch_file(name);
  put_scratch_file(kNames.at(format), input.rest());
  put_scratch_file("merges.txt", as_bytes(kMerges));
  accepts([&] {
    const auto tokenizer = load_tokenizer(scratch_folder());
    check_lossless(*tokenizer, text);
    (void)tokenizer->encode_special(text, true);
  });
}

}  // namespace zipdream
