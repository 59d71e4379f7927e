// SPDX-License-Identifier: Apache-2.0
// The bytes of an image or a sound as a codec sees them, for programs that measure on files of
// bytes, or learn from them: the pixels row by row, the gray patches of 32x64 pixels that `rates`
// makes of an image, or the 8-bit samples at 16 kHz. Usage: media_bytes FILE gray|rgb|patches|u8 >
// BYTES
#include <fmt/format.h>

#include <string_view>

#include "apps/bench/program.h"
#include "base/files.h"
#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kPatch = 2048;

int run(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[2] : "";
  if (kind != "gray" && kind != "rgb" && kind != "patches" && kind != "u8") {
    throw usage_error("usage: media_bytes FILE gray|rgb|patches|u8");
  }
  const Bytes file = read_file(argv[1]);
  if (kind == "u8") {
    write_file("-", audio_bytes(file, {}).bytes);
  } else if (kind == "patches") {
    write_file("-", image_patches(file, kPatch).bytes);
  } else {
    write_file("-", image_bytes(file, {.gray = kind == "gray"}).bytes);
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
