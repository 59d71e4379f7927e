// SPDX-License-Identifier: Apache-2.0
// From options to what they name: the job and the model.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "cli/common_options.h"
#include "generator/predictor.h"
#include "generator/registry.h"
#include "media/media_job.h"

namespace zipdream {

// The job that the prompt describes: -p, -f, or standard input. `count` is the bytes wanted after a
// text. Throws Error when there is no prompt, it is empty (unless `may_be_empty`) or can't be read.
[[nodiscard]] std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                                 bool may_be_empty);

// All of the corpus as bytes that a job of this kind would see; empty when there is none.
[[nodiscard]] Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt,
                                const MediaJob& job);

// Leaves of the corpus what the model is primed with.
void keep_window(const ModelOptions& model, Bytes& corpus);

// What makes the model: the law, its alphabet and tail, and the window of the corpus.
[[nodiscard]] PredictorOptions predictor_options(const ModelOptions& model, Bytes corpus,
                                                 const MediaJob& job);

// The spec of the model, and for PNG the width of the image, if nobody gave one and the rows will
// stand where they are in it after so many bytes of corpus.
[[nodiscard]] std::string shaped_spec(const ModelOptions& model, const MediaJob& job,
                                      std::size_t corpus_bytes);

// With -v, how the predictor that `spec` makes comes to its numbers.
void tell_how(const ModelOptions& model, const std::string& spec, const Predictor& predictor);

// The model, primed with the corpus; it has seen nothing of the job. Does tell_how().
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model,
                                                    const PromptOptions& prompt,
                                                    const MediaJob& job);

}  // namespace zipdream
