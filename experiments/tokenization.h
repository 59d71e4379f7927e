// SPDX-License-Identifier: Apache-2.0
// The same transformer on bytes and on tokens of several vocabularies: the paper's Table 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "experiments/rates/run_results.h"
#include "experiments/report/report.h"
#include "models/lm/config.h"

namespace zipdream {

struct TokenizationModel {
  std::string size;            // "200k", as training/plan.h names them
  std::size_t vocabulary = 0;  // tokens that BPE learns; 0: bytes
  LmConfig config;
  std::uint64_t parameters = 0;
};

// A model of about as many parameters as the one of that size on bytes: the larger its vocabulary,
// the narrower it is. Throws a usage Error for sizes and architectures that don't exist, and when
// the vocabulary alone has more parameters than that.
[[nodiscard]] TokenizationModel tokenization_model(const std::string& architecture,
                                                   const std::string& size, std::size_t vocabulary,
                                                   std::size_t context);

// A model for each vocabulary, a data_set for each size, in bits per byte. REQUIRES: the rows of
// the results are the models, in that order, on one data set.
[[nodiscard]] Report tokenization_report(const RunResults& results,
                                         std::span<const TokenizationModel> models);

}  // namespace zipdream
