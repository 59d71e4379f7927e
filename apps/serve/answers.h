// SPDX-License-Identifier: Apache-2.0
// What /v1/distribution, /v1/score and /v1/sources answer, whoever asks: the server's clients and
// the playground, which has the models in its own page.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "apps/serve/completion.h"
#include "apps/serve/served_model.h"

namespace zipdream {

// The distribution after a prompt, the likeliest symbols first: `top` of them, or all if 0.
[[nodiscard]] nlohmann::ordered_json distribution_answer(const ServedModel& model,
                                                         const Predictor& after_prompt,
                                                         std::size_t prompt_tokens,
                                                         std::size_t top);

// The bits of a text and of its symbols; with the likeliest at each place where they were asked
// for.
[[nodiscard]] nlohmann::ordered_json score_answer(const ServedModel& model,
                                                  std::span<const ScoredSymbol> scored);

// Which earlier bytes give a byte after a prompt how much of its probability, `top` of them; null
// sources where the model can't tell.
[[nodiscard]] nlohmann::ordered_json sources_answer(const ServedModel& model,
                                                    const Predictor& after_prompt, Byte next,
                                                    std::size_t top);

}  // namespace zipdream
