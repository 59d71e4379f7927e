// SPDX-License-Identifier: Apache-2.0
#include "zipdream/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files.h"
#include "base/spec.h"
#include "codecs/brotli/brotli.h"
#include "codecs/bzip2/bzip2.h"
#include "codecs/common/alphabet.h"
#include "codecs/common/code_lengths.h"
#include "codecs/common/predictors.h"
#include "codecs/deflate/deflate.h"
#include "codecs/flac/flac.h"
#include "codecs/libdeflate/libdeflate.h"
#include "codecs/lzma/lzma.h"
#include "codecs/png/png.h"
#include "codecs/stored/stored.h"
#include "codecs/webp/webp.h"
#include "codecs/zopfli/zopfli.h"
#include "codecs/zstd/zstd.h"
#include "generator/arithmetic_codec.h"
#include "generator/decorators.h"
#include "models/arith/arith.h"
#include "models/audio/audio.h"
#include "models/cm/cm.h"
#include "models/image/image.h"
#include "models/lm/bytes_of_tokens.h"
#include "models/lm/lm.h"
#include "models/mix/mix.h"
#include "models/own/own.h"
#include "models/ppm/ppm.h"
#include "models/residual/residual.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// In the order in which they are listed: codecs, models that learn, models made of models.
#ifdef __EMSCRIPTEN__
// What the page of apps/web has.
constexpr auto kRows = std::to_array<const ModelInfo*>(
    {&kGzip, &kZlib, &kDeflate, &kXz, &kLzma, &kStored, &kPpm, &kCm, &kImage, &kAudio, &kLm,
     &kArith, &kResidual, &kBytes, &kMix, &kAvg});
#else
constexpr auto kRows = std::to_array<const ModelInfo*>({
  &kGzip, &kZlib, &kDeflate, &kLibdeflate, &kZopfli, &kBzip2, &kXz, &kLzma, &kZstd, &kBrotli, &kPng,
      &kWebp,
#if ZIPDREAM_HAS_AUDIO
      &kFlac,
#endif
      &kStored, &kPpm, &kCm, &kImage, &kAudio, &kLm, &kArith, &kResidual, &kBytes, &kMix, &kAvg,
});
#endif

// The predictor of a codec by its lengths, or what the row makes, after the corpus.
std::unique_ptr<Predictor> make_primed(const Spec& spec, const PredictorOptions& options) {
  const ModelInfo& info = spec.info();
  if (info.inner == ModelInfo::Inner::kAfterOptions) return info.make_predictor(spec, options);
  const bool by_lengths = !info.learns() && chosen_probs(spec, options) == Probs::kLengths;
  std::unique_ptr<Predictor> predictor =
      by_lengths ? make_length_predictor(make_codec(spec), options.units.value_or(Units::kBits))
                 : info.make_predictor(spec, options);
  if (!options.corpus.empty()) predictor->observe(options.corpus);
  if (options.context_window == 0) return predictor;
  if (!is_bytewise(*predictor)) {
    throw Error::of_option("context_window", std::to_string(options.context_window),
                           fmt::format("{} has a window of its own", spec.text()),
                           fmt::format("try {},overlap=N", spec.text()));
  }
  return limit_window(std::move(predictor), options.context_window, options.corpus.size());
}

}  // namespace

std::span<const ModelInfo* const> model_list() { return kRows; }

const ModelInfo* find_model_info(std::string_view name) {
  if (name == kOwn.name) return &kOwn;
  const auto* const found = std::find_if(kRows.begin(), kRows.end(),
                                         [&](const ModelInfo* info) { return info->name == name; });
  return found == kRows.end() ? nullptr : *found;
}

std::unique_ptr<Codec> make_codec(const Spec& spec, const OnCoded& on_coded) {
  if (spec.info().learns()) {
    throw Error(Error::Kind::kUsage, spec.text(), "is no codec by itself",
                fmt::format("try arith:{}", spec.text()));
  }
  return spec.info().make_codec(spec, on_coded);
}

std::unique_ptr<Codec> make_codec(std::string_view spec) { return make_codec(Spec::parse(spec)); }

bool is_codec(const Spec& spec) {
  const bool wraps = spec.info().inner == ModelInfo::Inner::kAfterOptions;
  return !spec.info().learns() && (!wraps || is_codec(spec.inner()[0]));
}

std::unique_ptr<Predictor> make_predictor(const Spec& spec, PredictorOptions options) {
  if (!reads_codec(spec)) {
    if (options.probs) throw Error::of_option("probs", "", "are those of codecs", "leave them out");
    if (options.units) throw Error::of_option("units", "", "are those of codecs", "leave them out");
  }
  if (options.special && spec.name() != kLm.name) {
    throw Error::of_option("special", "", "is for language models with a tokenizer, lm:MODEL",
                           "leave it out");
  }
  const Alphabet alphabet = std::exchange(options.alphabet, {});
  std::unique_ptr<Predictor> predictor = make_primed(spec, options);
  return alphabet.empty() ? std::move(predictor)
                          : restrict_alphabet(std::move(predictor), alphabet);
}

std::unique_ptr<Predictor> make_predictor(std::string_view spec, PredictorOptions options) {
  return make_predictor(Spec::parse(spec), std::move(options));
}

std::unique_ptr<DecoderSampler> make_decoder_sampler(const Spec& spec) {
  const ModelInfo& info = spec.info();
  if (info.make_decoder_sampler != nullptr) return info.make_decoder_sampler(spec);
  if (info.learns()) return make_arithmetic_sampler(make_predictor(spec));
  const std::string others =
      names_of_codecs([](const ModelInfo& other) { return other.make_decoder_sampler != nullptr; });
  throw Error::of_option("method", "dream",
                         fmt::format("{} can't dream: {}", info.name, info.no_decoder_sampler),
                         fmt::format("take one of {}", others));
}

std::unique_ptr<DecoderSampler> make_decoder_sampler(std::string_view spec) {
  return make_decoder_sampler(Spec::parse(spec));
}

void check_can_code(const Spec& spec) {
  if (spec.info().measures_only != nullptr) {
    if (const std::string why = spec.info().measures_only(spec); !why.empty()) {
      throw Error(Error::Kind::kUsage, spec.text(), why, "leave out torch=");
    }
  }
  for (const Spec& inner : spec.inner()) check_can_code(inner);
}

std::uint64_t learnt_bytes(const Spec& spec) {
  std::uint64_t bytes = 0;
  if (spec.info().files != nullptr) {
    for (const std::string& file : spec.info().files(spec))
      bytes += InputFile(file).size().value_or(0);
  }
  for (const Spec& inner : spec.inner()) bytes += learnt_bytes(inner);
  return bytes;
}

std::vector<LibraryVersion> library_versions() {
  std::vector<LibraryVersion> versions;
  for (const ModelInfo* info : kRows) {
    const bool is_new = std::none_of(versions.begin(), versions.end(), [&](const auto& version) {
      return version.name == info->library;
    });
    if (info->library_version != nullptr && is_new) {
      versions.push_back({info->library, info->library_version()});
    }
  }
  return versions;
}

}  // namespace zipdream
