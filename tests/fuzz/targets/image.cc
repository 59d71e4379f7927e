// SPDX-License-Identifier: Apache-2.0
// An image may be any file; a PNG stream with a width, too.
// libFuzzer: -max_len=1000
#include <iostream>

#include "base/file_format.h"
#include "media/image/imaging.h"
#include "media/image/read_image.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {

void fuzz(ByteView data) {
  static const auto* const silenced = std::cerr.rdbuf(nullptr);  // OpenCV tells of each there
  static_cast<void>(silenced);
  constexpr std::size_t kMaxBytes = std::size_t{1} << 22;
  static_cast<void>(find_format(data));
  accepts([&] {
    const Image image = read_image(data, kMaxBytes);
    const auto pixels =
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    check(image.pixels.size() == image.size_bytes(), "pixels");
    check(image.pixels.size() <= kMaxBytes, "more than asked for");
    check(imaging().to_gray(image).pixels.size() == pixels, "gray pixels");
  });
}

}  // namespace zipdream
