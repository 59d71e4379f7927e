// SPDX-License-Identifier: Apache-2.0
// Whether the zlib that this program runs with is the one that the exact session models. Others
// (zlib-ng, Cloudflare's, chips that compress) write the same format but choose other matches.
#pragma once

namespace zipdream {

// Compares lengths of a few short texts in all levels, and of a long one, with zlib's own, once per
// process (some 20 milliseconds); later calls return what was found. Threads: any.
[[nodiscard]] bool exact_session_knows_zlib();

}  // namespace zipdream
