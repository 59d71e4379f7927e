// SPDX-License-Identifier: Apache-2.0
// From options to what they name: the job and the model.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "cli/common_options.h"
#include "generator/predictor.h"
#include "media/media_job.h"

namespace zipdream {

// The job that the prompt describes: -p, -f, or standard input. `count` is the bytes wanted after a
// text. Throws Error when there is no prompt, it is empty (unless `may_be_empty`) or can't be read.
[[nodiscard]] std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                                 bool may_be_empty);

// The bytes that the content of a file is to a model, read as `media`: the pixels, the samples, or
// the content itself. Throws Error when it is damaged; `path` is for its message.
[[nodiscard]] Bytes load_bytes(Bytes content, Media media, const PromptOptions& options,
                               const std::string& path);

// The first bytes of the corpus that are used; none without one. It is read as `media` if it is of
// that kind.
[[nodiscard]] Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt,
                                Media media);

// What is given of all its strands, in their order.
[[nodiscard]] Bytes all_prompts(const MediaJob& job);

// The --tail when none is given.
[[nodiscard]] std::size_t default_tail(Media media);

// The model, primed with that corpus. Sets the number of threads. `prompt` is what it will see, for
// --alphabet seen.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media,
                                                    Bytes corpus, ByteView prompt);

// Both for a job; it has seen nothing of it.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model,
                                                    const PromptOptions& prompt,
                                                    const MediaJob& job);

}  // namespace zipdream
