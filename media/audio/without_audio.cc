// SPDX-License-Identifier: Apache-2.0
// Stands in for the rest of this folder where zipdream is built without libsndfile, libmpg123,
// libsamplerate and libFLAC.
#include "media/audio/audio.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

[[noreturn]] void refuse() {
  throw Error(
      "this zipdream was built without audio; install one that was built with "
      "ZIPDREAM_BUILD_AUDIO");
}

}  // namespace

Audio decode_audio(ByteView /*file*/, std::size_t /*max_samples*/, Channels /*channels*/) {
  refuse();
}

Audio to_mono(const Audio& /*audio*/) { refuse(); }

Audio resample(const Audio& /*audio*/, int /*rate*/) { refuse(); }

Bytes to_pcm(const Audio& /*audio*/, SampleFormat /*format*/) { refuse(); }

Audio from_pcm(ByteView /*pcm*/, SampleFormat /*format*/, int /*rate*/, std::size_t /*channels*/) {
  refuse();
}

Bytes pack_pcm(ByteView /*pcm*/, SampleFormat /*format*/, int /*rate*/,
               AudioContainer /*container*/, int /*level*/, int /*channels*/) {
  refuse();
}

Bytes unpack_flac(ByteView /*file*/, SampleFormat /*format*/, int /*channels*/,
                  std::size_t /*max_size*/, FlacMd5 /*md5*/) {
  refuse();
}

Bytes unpack_flac_u8(ByteView /*file*/, std::size_t /*max_size*/, FlacMd5 /*md5*/) { refuse(); }

}  // namespace zipdream
