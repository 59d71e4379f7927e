// SPDX-License-Identifier: Apache-2.0
// continue_text SPEC FILE N SEED: N bytes that a model makes up after a file, as they come.
#include <zipdream/zipdream.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc != 5) return std::fputs("continue_text SPEC FILE N SEED\n", stderr), 2;
  std::ifstream file(argv[2], std::ios::binary);
  if (!file) return std::fprintf(stderr, "continue_text: %s: can't be read\n", argv[2]), 1;

  zipdream::GenerateRequest request;
  request.model.spec = zipdream::Spec::parse(argv[1]);
  request.prompt.assign(std::istreambuf_iterator<char>(file), {});
  request.count = std::strtoul(argv[3], nullptr, 10);
  request.seed = std::strtoull(argv[4], nullptr, 10);
  request.on_generated = [](zipdream::ByteView bytes) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  };
  const zipdream::GenerateResult result = zipdream::generate(request);
  std::fprintf(stderr, "\n%zu bytes by %s\n", result.bytes.size(), result.probs.c_str());
  return 0;
} catch (const zipdream::Error& error) {
  return std::fprintf(stderr, "continue_text: %s\n", error.what()), 1;
}
