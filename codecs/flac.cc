// SPDX-License-Identifier: Apache-2.0
// FLAC as the paper uses it: the bytes are the 8-bit samples of a mono sound at 16 kHz.
#include "codecs/factories.h"
#include "codecs/spec.h"
#include "sound/sound.h"

namespace zipdream {
namespace {

constexpr LevelRange kLevels{.min = 0, .max = 8, .fallback = 8};
constexpr int kRate = 16000;

class FlacCodec final : public Codec {
 public:
  explicit FlacCodec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    return pack_pcm(data, SampleFormat::kU8, kRate, SoundContainer::kFlac, level_);
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    return unpack_flac_u8(stream, max_size);
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<Codec> make_flac(std::string_view options) {
  return std::make_unique<FlacCodec>(parse_level("flac", options, kLevels));
}

}  // namespace zipdream
