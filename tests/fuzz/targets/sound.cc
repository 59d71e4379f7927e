// SPDX-License-Identifier: Apache-2.0
// A sound may be any file.
// libFuzzer: -max_len=2000
#include <cmath>

#include "base/file_format.h"
#include "media/audio/audio.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {

void fuzz(ByteView data) {
  constexpr std::size_t kMaxSamples = 20'000;
  static_cast<void>(find_format(data));
  accepts([&] {
    const Audio sound = decode_audio(data, kMaxSamples);
    check(sound.samples.size() <= kMaxSamples, "longer than asked for");
    check(sound.rate > 0, "no rate");
    for (const float sample : sound.samples) check(std::isfinite(sample), "no number");
    for (const auto format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
      const Bytes pcm = to_pcm(sound, format);
      check(pcm.size() == sound.samples.size() * bytes_per_sample(format), "samples got lost");
      (void)from_pcm(pcm, format, sound.rate);
    }
  });
  accepts([&] { (void)unpack_flac_u8(data, kMaxSamples); });
}

}  // namespace zipdream
