// SPDX-License-Identifier: Apache-2.0
// The pictures and sounds of a page: which of them fit on it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "experiments/comparison_report.h"

namespace zipdream {

// A file as a data URL.
struct PageAsset {
  std::string id;  // "a0", "a1", ...
  std::string url;
};

// Of one sample. Empty ids: left out, or not to be had.
struct SampleAssets {
  std::string picture;      // of an image: the generated part
  std::string difference;   // from the true one
  std::string audio;        // of a sound: given and generated
  std::string spectrogram;  // the same
};

struct PageAssets {
  std::vector<PageAsset> files;
  std::string given;                               // of an image: the given part
  SampleAssets reference;                          // its picture; its audio and spectrogram
  std::vector<std::string> surprisal;              // of each entry: of the reference by its law
  std::vector<std::vector<SampleAssets>> samples;  // of each entry, of each sample
  std::size_t left_out = 0;                        // pictures and sounds that did not fit
};

// How many samples of each entry a page shows: the first ones.
[[nodiscard]] std::size_t samples_on_page(const Comparison& comparison);

// The places of all of them, empty.
[[nodiscard]] PageAssets no_assets(const ComparisonReport& report);

// The most important first, as many as have room in so many bytes of data URLs: what is given, the
// reference, the first sample of each, its pictures, then the other samples.
[[nodiscard]] PageAssets page_assets(const ComparisonReport& report, std::size_t room);

}  // namespace zipdream
