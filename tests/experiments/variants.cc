// SPDX-License-Identifier: Apache-2.0
#include "tests/experiments/variants.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "generator/method.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "zipdream/registry.h"

namespace zipdream {

Variant sampling_variant(const std::string& spec, const Alphabet& alphabet) {
  PredictorOptions options;
  options.alphabet = alphabet;
  const VariantName who = {.name = spec,
                           .model = spec,
                           .method = "sample",
                           .probs = probs_name(Spec::parse(spec), options)};
  return {who,
          {},
          Spec::parse(spec),
          make_sampling(make_predictor(spec, options), {}, {}),
          false,
          make_predictor(spec, options)};
}

std::vector<Variant> sampling_variants(const std::vector<std::string>& specs) {
  std::vector<Variant> variants;
  variants.reserve(specs.size());
  for (const std::string& spec : specs) variants.push_back(sampling_variant(spec));
  return variants;
}

std::unique_ptr<MediaJob> rhyme_job() {
  return make_text_job(to_bytes("the cat sat on the mat, the cat sat on "), 12,
                       to_bytes("the mat, the"));
}

Bytes ramp_png(int width, int height, int channels) {
  Image image{width, height, channels, {}};
  for (std::size_t i = 0; i < image.size_bytes(); ++i) {
    image.pixels.push_back(static_cast<Byte>(i * 7));
  }
  return imaging().encode_png(image, 6);
}

Bytes tone_wav(double seconds) {
  constexpr int kRate = 8000;
  Audio sound{kRate, {}};
  const auto count = static_cast<int>(std::lround(seconds * kRate));
  for (int i = 0; i < count; ++i) {
    sound.samples.push_back(
        static_cast<float>(std::sin(2 * std::numbers::pi * 500 * i / kRate) / 2));
  }
  return pack_pcm(to_pcm(sound, SampleFormat::kS16), SampleFormat::kS16, kRate,
                  AudioContainer::kWav);
}

}  // namespace zipdream
