// SPDX-License-Identifier: Apache-2.0
#include "generator/search/scorer.h"

#include <utility>

namespace zipdream {

std::unique_ptr<Scorer> make_scorer(const Spec& spec, PredictorOptions options) {
  options.context_window = 0;
  const bool by_lengths =
      find_model_info(spec.name())->is_codec() && chosen_probs(spec, options) == Probs::kLengths;
  if (!by_lengths) return make_predictor_scorer(make_predictor(spec, std::move(options)));
  std::shared_ptr<const Codec> codec = make_codec(spec);
  std::unique_ptr<Session> session = codec->start(options.units.value_or(Units::kBits));
  session->append(options.corpus);
  Alphabet alphabet = options.alphabet.empty() ? full_alphabet() : std::move(options.alphabet);
  return make_length_scorer(std::move(codec), std::move(session), std::move(alphabet));
}

}  // namespace zipdream
