// SPDX-License-Identifier: Apache-2.0
// A file of tensors may lie about all that it says. What is accepted has to lie in the file.
// libFuzzer: -max_len=1000
#include "models/lm/safetensors.h"

#include "tests/fuzz/file_in_memory.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {

void fuzz(ByteView data) {
  const std::string path = put_scratch_file("x.safetensors", data);
  accepts([&] {
    const Safetensors file(path);
    unsigned sum = 0;
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : file.tensors()) {
      for (const Byte byte : tensor.data) sum += byte;
      bytes += tensor.data.size();
    }
    check(bytes < data.size() && sum <= 255 * bytes, "tensors outside of their file");
  });
}

}  // namespace zipdream
