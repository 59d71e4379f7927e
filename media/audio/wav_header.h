// SPDX-License-Identifier: Apache-2.0
// The one thing that libsndfile does not tell: whether a WAV file is as long as its header says. A
// file that breaks off is read as a shorter sound.
#pragma once

#include "zipdream/bytes.h"

namespace zipdream {

// Throws Error when `file` is a WAV file whose samples break off. Does nothing for other files, nor
// for WAV files of a size that was unknown when their header was written, as programs write into
// pipes.
void check_wav_is_whole(ByteView file);

}  // namespace zipdream
