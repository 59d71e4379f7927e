// SPDX-License-Identifier: Apache-2.0
// Bytes as text for data URLs (RFC 4648, with padding).
#pragma once

#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] std::string base64(ByteView bytes);

}  // namespace zipdream
