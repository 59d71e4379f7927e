// SPDX-License-Identifier: Apache-2.0
// The session of gzip, zlib and deflate for a zlib that the exact session (exact_session.h) doesn't
// know, and what the exact session is tested against: it copies zlib's encoder once per candidate
// instead of compressing the context again. What a candidate costs is then the copy (~7 us) and
// writing the open block, which grows with the context up to the 16383 symbols of a block (~100
// us); the string search, most of the work, is not repeated.
//
// Exact: in Units::kBytes the answer is 8 x compress().size() for every input, in Units::kBits the
// last bit of the last DEFLATE block plus header and trailer (see deflater.h for what it takes).
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/codec.h"

namespace zipdream {

// `wrapper_bytes`: the size of header and trailer. REQUIRES: 1 <= level <= 9.
[[nodiscard]] std::unique_ptr<Session> start_gzip_session(int level, std::size_t wrapper_bytes,
                                                          Units units);

// Whether the zlib that this program runs with is the one that the exact session models. Others
// (zlib-ng, Cloudflare's, chips that compress) write the same format but choose other matches.
// Compares lengths of a few short texts in all levels, and of a long one, with zlib's own, once per
// process (some 20 milliseconds); later calls return what was found. Threads: any.
[[nodiscard]] bool exact_session_knows_zlib();

}  // namespace zipdream
