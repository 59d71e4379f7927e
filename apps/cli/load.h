// SPDX-License-Identifier: Apache-2.0
// From options to what they name: the job and the model.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "apps/cli/common_options.h"
#include "generator/load_method.h"
#include "generator/load_model.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

namespace zipdream {

// Throws a usage Error when both prompt and corpus are standard input.
void check_readers(const ModelOptions& model, const PromptOptions& prompt);

// Whether the prompt may be empty: there is a corpus, or the model knows how texts begin.
[[nodiscard]] bool may_begin(const ModelOptions& model);

// The content of the prompt: -p, -f, or standard input. Throws Error when there is none or it can't
// be read.
[[nodiscard]] Bytes read_prompt(const PromptOptions& options);

// The job that this content describes. `count` is the bytes wanted after a text. Throws Error when
// it is empty (unless `may_be_empty`), damaged, or too short for the options; a usage Error for
// options that its medium has no use for. REQUIRES: add_media_options() made the options.
[[nodiscard]] std::unique_ptr<MediaJob> make_job(const PromptOptions& options, Bytes content,
                                                 std::size_t count, bool may_be_empty);

// make_job() of read_prompt().
[[nodiscard]] std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                                 bool may_be_empty);

// The bytes that the content of a file is to a model, read as `media`: the pixels, the samples, or
// the content itself. Throws Error when it is damaged; `path` is for its message.
[[nodiscard]] MediaBytes load_bytes(Bytes content, Media media, const PromptOptions& options,
                                    const std::string& path);

// The bytes of what a model sees before a job of this medium (a corpus, a context): a text as it
// is, an image or audio as the job's own. Throws Error for an image or audio before another medium,
// and for formats that are not read, unless bytes were asked for.
[[nodiscard]] Bytes load_beside(Bytes content, Media media, const PromptOptions& options,
                                const std::string& path);

// The content of the corpus; empty when there is none. Throws Error when it is an empty file.
[[nodiscard]] Bytes read_corpus(const ModelOptions& model);

// The bytes that this content of the corpus is to a model: read as `media` if it is of that kind.
[[nodiscard]] Bytes decode_corpus(Bytes content, const ModelOptions& model,
                                  const PromptOptions& prompt, Media media);

// decode_corpus() of read_corpus().
[[nodiscard]] Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt,
                                Media media);

// Leaves of the corpus what the model is primed with.
void keep_window(const ModelOptions& model, Bytes& corpus);

// What -v is for: how a model comes to its numbers, as its predictor describes it.
void tell_how(const Spec& spec, const std::string& probs, const std::string& how);

// The request that the options make, with all of the corpus.
[[nodiscard]] ModelRequest with_corpus(const ModelOptions& options, Bytes corpus);

// The model, primed with the corpus; with -v it tells how it comes to its numbers. Throws as
// make_predictor() does.
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media,
                                                    Bytes corpus, ByteView prompt);
[[nodiscard]] std::unique_ptr<Predictor> load_model(const ModelOptions& model, const MediaJob& job,
                                                    Bytes corpus);

// The method, primed with the corpus; with -v it tells how its model comes to its numbers.
// REQUIRES: check_method() passes.
[[nodiscard]] LoadedMethod load_method(const MethodRequest& method, const ModelOptions& model,
                                       Bytes corpus, const MediaJob& job);

}  // namespace zipdream
