// SPDX-License-Identifier: Apache-2.0
// Runs a target over files and folders of files, and over each file cut short and with single bytes
// changed, which needs no fuzzer. Usage: fuzz_TARGET PATH...
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr int kSpoiled = 8;  // variants of each file

void replay(const std::filesystem::path& path) {
  const Bytes content = read_file(path.string());
  fuzz(content);
  Rng rng(content.size());
  for (int i = 0; i < kSpoiled && !content.empty(); ++i) {
    Bytes spoiled = content;
    spoiled[rng.next() % spoiled.size()] = static_cast<Byte>(rng.next());
    if (i % 2 == 1) spoiled.resize(rng.next() % spoiled.size());
    fuzz(spoiled);
  }
}

std::size_t replay_all(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    replay(path);
    return 1;
  }
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file()) continue;
    replay(entry.path());
    ++count;
  }
  return count;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) count += zipdream::replay_all(argv[i]);
  zipdream::check(count > 0, "there is nothing to replay");
  std::printf("%zu files\n", count);
  return 0;
}
