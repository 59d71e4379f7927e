// SPDX-License-Identifier: Apache-2.0
// compress SPEC IN OUT: writes a .zd archive by any model, reads it back and compares.
#include <zipdream/zipdream.h>

#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc != 4) return std::fputs("compress SPEC IN OUT\n", stderr), 2;
  std::ifstream in(argv[2], std::ios::binary);
  if (!in) return std::fprintf(stderr, "compress: %s: can't be read\n", argv[2]), 1;
  const zipdream::Bytes content(std::istreambuf_iterator<char>(in), {});

  const zipdream::Bytes archive = zipdream::compress(content, zipdream::Spec::parse(argv[1]));
  if (zipdream::decompress(archive) != content) {
    return std::fputs("compress: what came back is not what went in\n", stderr), 1;
  }

  std::ofstream out(argv[3], std::ios::binary);
  out.write(zipdream::as_chars(archive).data(), static_cast<std::streamsize>(archive.size()));
  if (!out.flush()) return std::fprintf(stderr, "compress: %s: can't be written\n", argv[3]), 1;
  std::printf("%zu bytes to %zu\n", content.size(), archive.size());
  return 0;
} catch (const zipdream::Error& error) {
  return std::fprintf(stderr, "compress: %s\n", error.what()), 1;
}
