// SPDX-License-Identifier: Apache-2.0
// A model that has to know the shape of what it sees is told by the medium: PNG and WebP the width
// and channels of an image, FLAC the kind of samples, residuals all of it.
#pragma once

#include <cstddef>
#include <memory>

#include "media/media_job.h"
#include "zipdream/generate.h"
#include "zipdream/spec.h"

namespace zipdream {

// The spec with what the job tells and the spec doesn't say, for it and the models within. The
// width is told only if rows stand where they are in the image after `bytes_before`, and to codecs
// of images only if they see all from the first byte on (no `has_window`).
[[nodiscard]] Spec adapted_spec(Spec spec, const MediaJob& job, std::size_t bytes_before,
                                bool has_window);

// The spec with what the shape of its bytes tells, of which `bytes_before` come first.
[[nodiscard]] Spec adapted_spec(Spec spec, MediaShape shape, std::size_t bytes_before);

// From a ModelRequest to a predictor: the defaults that change results, and what a medium tells a
// model.

// Whether the model can go on from nothing: it learned beforehand how texts begin.
[[nodiscard]] bool can_begin(const Spec& spec);

// The bytes of the corpus that the model sees.
[[nodiscard]] ByteView seen_corpus(const ModelRequest& request);

// Which probabilities the request asks for, without corpus, window and alphabet.
[[nodiscard]] PredictorOptions probs_options(const ModelRequest& request);
[[nodiscard]] std::string probs_name(const ModelRequest& request);

// The request's context window, or what it is where none is given.
[[nodiscard]] std::size_t context_window_of(const ModelRequest& request, Media media);

// What make_predictor() takes. `prompt` is what the model will see, for the alphabet "seen"; or
// that of a job is.
[[nodiscard]] PredictorOptions predictor_options(const ModelRequest& request, Media media,
                                                 ByteView prompt);
[[nodiscard]] PredictorOptions predictor_options(const ModelRequest& request, const MediaJob& job);

// The request's spec, with what the job tells and the spec doesn't say (adapted_spec.h).
[[nodiscard]] Spec spec_for(const ModelRequest& request, const MediaJob& job);
// The same of bytes that follow the corpus and a context of so many bytes.
[[nodiscard]] Spec spec_for(const ModelRequest& request, MediaShape shape,
                            std::size_t context_bytes);

// The predictor, primed with the corpus; it has seen nothing else. Throws as make_predictor() does.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelRequest& request, Media media,
                                                    ByteView prompt);
// Of spec_for(), for the job's prompts.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelRequest& request,
                                                    const MediaJob& job);

}  // namespace zipdream
