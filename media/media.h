// SPDX-License-Identifier: Apache-2.0
// What a file holds: text, an image or a sound.
#pragma once

#include <cstddef>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

enum class Media { kText, kImage, kAudio };

// "text", "image", "audio".
[[nodiscard]] std::string_view media_name(Media media);

// guess_media() looks at no more than this.
inline constexpr std::size_t kMediaMagicBytes = 16;

// By the magic number at the start of the content; what has none is text, which here means any
// bytes.
[[nodiscard]] Media guess_media(ByteView content);

}  // namespace zipdream
