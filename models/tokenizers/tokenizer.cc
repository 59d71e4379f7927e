// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/tokenizer.h"

#include <algorithm>

namespace zipdream {

Bytes decode(const Tokenizer& tokenizer, std::span<const Symbol> symbols) {
  Bytes text;
  for (const Symbol symbol : symbols) {
    const ByteView bytes = tokenizer.bytes_of(symbol);
    text.insert(text.end(), bytes.begin(), bytes.end());
  }
  const ByteView prefix = tokenizer.text_prefix();
  if (text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin())) {
    text.erase(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
  }
  return text;
}

}  // namespace zipdream
