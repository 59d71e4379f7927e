// SPDX-License-Identifier: Apache-2.0
// Data sets that others have published figures about, and those figures: Table 1 of "Language
// Modeling Is Compression" (version 2) and sizes that are often compared with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/data/data_set.h"

namespace zipdream {

// Which data set it is, and how that is known.
struct Known {
  std::string data_set;  // "enwik8", "enwik9", "imagenet", "librispeech", "random"; "" if unknown
  std::string by;        // "MD5": it is that very file; "name": it was called so
};

// A single text by the digest of its bytes; others by their name ("imagenet=DIR"), if they are of
// the medium of the data set that is called so: the bytes of image files are no ImageNet.
// Reads a file to its end if it has the size of a known one. Throws Error when it can't.
[[nodiscard]] Known recognise(const DataSet& data);

// What a figure is compared with.
struct PublishedKey {
  std::string_view data_set;  // Known::data_set
  std::string_view model;     // a spec
  std::uint64_t parameters = 0;
  bool whole = false;  // all as one stream; else chunks of 2048 bytes
};

struct Published {
  double rate = 0;          // share of the raw size
  double adjusted = 0;      // the same with the model's parameters, of 1 GB
  std::string_view model;   // as it is called there: "LZMA2"
  std::string_view data;    // on what: "enwik9"
  std::string_view source;  // "Table 1", "DSL-Lab", ...
};

// The published figure that is nearest to this; nothing where there is none.
[[nodiscard]] std::optional<Published> published_rate(const PublishedKey& key);

}  // namespace zipdream
