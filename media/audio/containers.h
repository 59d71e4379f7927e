// SPDX-License-Identifier: Apache-2.0
// What programs get wrong about the headers of audio files, made good before libsndfile sees them:
// sizes that were not known when the header was written (0, or the largest number), as where the
// file went into a pipe; chunks of odd size without the byte that pads them; tags in front.
#pragma once

#include "zipdream/bytes.h"

namespace zipdream {

// A file in two pieces: a header that tells what is there, where the file's own doesn't, and what
// follows it. Valid while the file it was made of lives.
struct AudioFile {
  Bytes header;  // empty: the file is good as it is
  ByteView rest;
  bool is_mpeg = false;  // `rest` is MPEG audio without a container; there is no header
};

// Throws Error when `file` is a WAV file that holds fewer samples than its header promises, which
// libsndfile takes for a shorter one.
[[nodiscard]] AudioFile mend_audio_file(ByteView file);

}  // namespace zipdream
