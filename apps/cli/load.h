// SPDX-License-Identifier: Apache-2.0
// From options to what they name: the job and the model.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "zipdream/bytes.h"
#include "apps/cli/common_options.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"
#include "media/media_job.h"

namespace zipdream {

// The content of the prompt: -p, -f, or standard input. Throws Error when there is none or it can't
// be read.
[[nodiscard]] Bytes read_prompt(const PromptOptions& options);

// The job that this content describes. `count` is the bytes wanted after a text. Throws Error when
// it is empty (unless `may_be_empty`), damaged, or too short for the options.
[[nodiscard]] std::unique_ptr<MediaJob> make_job(const PromptOptions& options, Bytes content,
                                                 std::size_t count, bool may_be_empty);

// Both.
[[nodiscard]] std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                                 bool may_be_empty);

// Throws a usage Error when -n was given for a medium whose options say otherwise how much there is
// to generate.
void refuse_count(bool count_is_set, const MediaJob& job);

// The bytes that the content of a file is to a model, read as `media`: the pixels, the samples, or
// the content itself. Throws Error when it is damaged; `path` is for its message.
[[nodiscard]] Bytes load_bytes(Bytes content, Media media, const PromptOptions& options,
                               const std::string& path);

// All of the corpus, read as `media` if it is of that kind; empty when there is none.
[[nodiscard]] Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt,
                                Media media);

// Leaves of the corpus what the model is primed with.
void keep_window(const ModelOptions& model, Bytes& corpus);

// What is given of all its sequences, in their order.
[[nodiscard]] Bytes all_prompts(const MediaJob& job);

// The --context-window, or what it is when none is given.
[[nodiscard]] std::size_t context_window_of(const ModelOptions& model, Media media);

// What makes the model: the law, its alphabet and tail, and the window of the whole corpus that is
// passed. `prompt` is what it will see, for --alphabet seen.
[[nodiscard]] PredictorOptions predictor_options(const ModelOptions& model, Bytes corpus,
                                                 Media media, ByteView prompt);

// The spec of the model, and for PNG and residuals the width and the kind of samples, if nobody
// gave them; the width only if the rows will stand where they are in it after so many bytes of
// corpus.
[[nodiscard]] Spec adapted_spec(const ModelOptions& model, const MediaJob& job,
                                      std::size_t corpus_bytes);

// With -v, how the predictor that `spec` makes comes to its numbers.
void tell_how(const ModelOptions& model, const Spec& spec, const Predictor& predictor);

// The model, primed with the window of that corpus, as predictor_options() has it. Does tell_how().
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media,
                                                    Bytes corpus, ByteView prompt);

// The same for a job, of which it has seen nothing, with adapted_spec().
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model, const MediaJob& job,
                                                    Bytes corpus);

}  // namespace zipdream
