// SPDX-License-Identifier: Apache-2.0
// The sequences of a Zstandard block, as far as their distances (RFC 8878, section 3.1.1.3.2.1.2).
#pragma once

#include "base/bytes.h"
#include "codecs/zstd_tables.h"

namespace zipdream {

// Follows the distances through the coded sequences of a block with these tables. Total: throws
// Error. REQUIRES: tables.sequences > 0.
void follow_zstd_distances(ByteView stream, const ZstdTables& tables, ZstdRecent& recent);

}  // namespace zipdream
