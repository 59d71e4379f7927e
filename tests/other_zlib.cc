// SPDX-License-Identifier: Apache-2.0
// Preloaded before zlib (LD_PRELOAD), this makes one that is like no other: it gives the encoder
// twice the memory that it was asked for, so that blocks end later and hashes collide less.
#include <dlfcn.h>
#include <zlib.h>

// NOLINTNEXTLINE(readability-identifier-naming): zlib's name
extern "C" int deflateInit2_(z_streamp stream, int level, int method, int window_bits,
                             int mem_level, int strategy, const char* version, int stream_size) {
  using Function = decltype(deflateInit2_);
  auto* const function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "deflateInit2_"));
  return function(stream, level, method, window_bits, mem_level + 1, strategy, version,
                  stream_size);
}
