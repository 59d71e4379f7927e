// SPDX-License-Identifier: Apache-2.0
#include "generator/search/scorer.h"

#include <utility>

#include "codecs/registry.h"

namespace zipdream {

std::unique_ptr<Scorer> make_scorer(std::string_view spec, PredictorOptions options) {
  options.bytes.tail = 0;
  if (chosen_law(spec, options) == LawKind::kTables) {
    return make_predictor_scorer(make_predictor(spec, std::move(options)));
  }
  std::shared_ptr<const Codec> codec = make_codec(spec);
  std::unique_ptr<Session> session = codec->start(options.units.value_or(Units::kBits));
  session->append(options.bytes.corpus);
  return make_length_scorer(std::move(codec), std::move(session),
                            std::move(options.bytes.alphabet));
}

}  // namespace zipdream
