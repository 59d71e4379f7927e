// SPDX-License-Identifier: Apache-2.0
// From a ModelRequest to a predictor: the defaults that change results, and what a medium tells a
// model.
#pragma once

#include <cstddef>
#include <memory>

#include "media/media_job.h"
#include "zipdream/generate.h"

namespace zipdream {

// All that is given of the job's sequences, in their order.
[[nodiscard]] Bytes all_prompts(const MediaJob& job);

// The bytes of the corpus that the model sees.
[[nodiscard]] ByteView seen_corpus(const ModelRequest& request);

// Which probabilities the request asks for, without corpus, window and alphabet.
[[nodiscard]] PredictorOptions probs_options(const ModelRequest& request);
[[nodiscard]] std::string probs_name(const ModelRequest& request);

// The request's context window, or what it is where none is given.
[[nodiscard]] std::size_t context_window_of(const ModelRequest& request, Media media);

// What make_predictor() takes. `prompt` is what the model will see, for the alphabet "seen".
[[nodiscard]] PredictorOptions predictor_options(const ModelRequest& request, Media media,
                                                 ByteView prompt);

// The request's spec, with what the job tells and the spec doesn't say (adapted_spec.h).
[[nodiscard]] Spec spec_for(const ModelRequest& request, const MediaJob& job);

// The predictor, primed with the corpus; it has seen nothing else. Throws as make_predictor() does.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelRequest& request, Media media,
                                                    ByteView prompt);
// Of spec_for(), for the job's prompts.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelRequest& request,
                                                    const MediaJob& job);

}  // namespace zipdream
