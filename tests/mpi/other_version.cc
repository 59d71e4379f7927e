// SPDX-License-Identifier: Apache-2.0
// Preloaded before zlib (LD_PRELOAD), this makes a rank that has another version of it.

// NOLINTNEXTLINE(readability-identifier-naming): zlib's name
extern "C" const char* zlibVersion() { return "9.9.9"; }
