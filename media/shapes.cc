// SPDX-License-Identifier: Apache-2.0
#include "media/shapes.h"

namespace zipdream {

std::string_view name_of(SampleFormat format) {
  if (format == SampleFormat::kMulaw) return "mulaw";
  return format == SampleFormat::kS16 ? "s16" : "u8";
}

SampleFormat sample_format(std::string_view name) {
  if (name == "mulaw") return SampleFormat::kMulaw;
  return name == "s16" ? SampleFormat::kS16 : SampleFormat::kU8;
}

}  // namespace zipdream
