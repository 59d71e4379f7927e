// SPDX-License-Identifier: Apache-2.0
// From options to what they name: the job and the model.
#pragma once

#include <cstddef>
#include <memory>

#include "cli/common_options.h"
#include "generator/method.h"
#include "generator/predictor.h"
#include "media/media_job.h"

namespace zipdream {

// The job that the prompt describes: -p, -f, or standard input. `count` is the bytes wanted after a
// text. Throws Error when there is no prompt, it is empty (unless `may_be_empty`) or can't be read.
[[nodiscard]] std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                                 bool may_be_empty);

// The model, primed with the corpus; it has seen nothing of the job. Sets the number of threads,
// and with -v tells how it comes to its numbers.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model,
                                                    const PromptOptions& prompt,
                                                    const MediaJob& job);

// Dreaming with the codec that the model names, after the corpus. Sets the number of threads.
[[nodiscard]] std::unique_ptr<Method> load_dream(const ModelOptions& model,
                                                 const PromptOptions& prompt, const MediaJob& job);

}  // namespace zipdream
