// SPDX-License-Identifier: Apache-2.0
// Where the probabilities of a text's bytes come from, for `score --sources` and `generate
// --sources`: as a table of the passages that are copied, and as JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"
#include "zipdream/score.h"

namespace zipdream {

// Of each place so many of the earlier bytes are listed that have most to do with it.
inline constexpr std::size_t kMaxSources = 16;

struct SourcesReport {
  std::vector<Sources> sources;     // of each byte of the text
  std::size_t corpus_bytes = 0;     // that the model saw first
  std::size_t context_bytes = 0;    // and then
  const char* context = "context";  // what the table calls these,
  const char* text = "itself";      // and the text
};

// The share that is copied, and the longest passages. REQUIRES: `sources` are those of `bytes`.
[[nodiscard]] std::string sources_table(const SourcesReport& report, ByteView bytes);

// `each_byte`: with the list of every byte.
[[nodiscard]] nlohmann::ordered_json sources_json(const SourcesReport& report, bool each_byte);

}  // namespace zipdream
