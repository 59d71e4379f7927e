// SPDX-License-Identifier: Apache-2.0
// PNM (P1 to P6) and PAM (P7) files: a header in text, then the samples in text or binary.
#pragma once

#include <cstddef>

#include "media/image/imaging.h"
#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] bool is_pnm_or_pam(ByteView file);

// The first image of the file, alpha dropped. Throws Error when it breaks off, is damaged, or needs
// more than `max_bytes`. REQUIRES: is_pnm_or_pam(file).
[[nodiscard]] Image decode_pnm(ByteView file, std::size_t max_bytes);

}  // namespace zipdream
