// SPDX-License-Identifier: Apache-2.0
// The bytes of an image or a sound as a codec sees them, for programs that measure on files of
// bytes: the pixels row by row, or the 8-bit samples at 16 kHz.
// Usage: media_bytes FILE gray|rgb|u8 > BYTES
#include <fmt/format.h>

#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "bench/program.h"
#include "media/media_job.h"

namespace zipdream {
namespace {

int run(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[2] : "";
  if (kind != "gray" && kind != "rgb" && kind != "u8") {
    throw usage_error("usage: media_bytes FILE gray|rgb|u8");
  }
  const Bytes file = read_file(argv[1]);
  write_file("-",
             kind == "u8" ? audio_bytes(file, {}) : image_bytes(file, {.gray = kind == "gray"}));
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
