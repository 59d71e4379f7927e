// SPDX-License-Identifier: Apache-2.0
#include "cli/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/terminal.h"
#include "generator/registry.h"

namespace zipdream {
namespace {

// One sample depends on those shortly before it, and every candidate costs a compression of what
// the codec sees: the paper's 2048 bytes keep a second of sound within minutes.
constexpr std::size_t kAudioTail = 2048;

Bytes read_prompt(const PromptOptions& options) {
  if (options.text) return to_bytes(*options.text);
  if (!options.file && stdin_is_terminal()) {
    throw usage_error("no prompt; give -p TEXT, -f FILE or standard input");
  }
  return read_file(options.file.value_or("-"));
}

}  // namespace

std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                   bool may_be_empty) {
  Bytes content = read_prompt(options);
  if (content.empty() && !may_be_empty) {
    throw Error("the prompt is empty; give some text, or a --corpus to continue");
  }
  const Media guessed = options.text ? Media::kText : guess_media(content);
  try {
    switch (options.media.value_or(guessed)) {
      case Media::kImage:
        return make_image_job(content, options.image);
      case Media::kAudio:
        return make_audio_job(content, options.audio);
      case Media::kText:
        break;
    }
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::kUsage) throw;
    throw Error(fmt::format("{}: {}", options.file.value_or("prompt"), error.what()));
  }
  return make_text_job(std::move(content), count);
}

Bytes all_prompts(const MediaJob& job) {
  Bytes bytes;
  for (const Strand& strand : job.strands()) {
    bytes.insert(bytes.end(), strand.prompt.begin(), strand.prompt.end());
  }
  return bytes;
}

std::size_t default_tail(Media media) { return media == Media::kAudio ? kAudioTail : 0; }

Bytes load_bytes(Bytes content, Media media, const PromptOptions& options,
                 const std::string& path) {
  try {
    switch (media) {
      case Media::kImage:
        return image_bytes(content, options.image);
      case Media::kAudio:
        return audio_bytes(content, options.audio);
      case Media::kText:
        break;
    }
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::kUsage) throw;
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  return content;
}

Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt, Media media) {
  if (model.corpus.empty()) return {};
  Bytes corpus = read_file(model.corpus);
  if (corpus.empty()) throw Error(fmt::format("{}: the corpus is empty", model.corpus));
  if (guess_media(corpus) == media) {
    corpus = load_bytes(std::move(corpus), media, prompt, model.corpus);
  }
  if (model.window > 0) corpus.resize(std::min(corpus.size(), model.window));
  return corpus;
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media, Bytes corpus,
                                      ByteView prompt) {
  set_thread_count(model.threads);
  PredictorOptions options = law_options(model);
  BytePredictorOptions& bytes = options.bytes;
  bytes.corpus = std::move(corpus);
  bytes.alphabet = parse_alphabet(model.alphabet, bytes.corpus, prompt);
  bytes.tail = model.tail.value_or(default_tail(media));
  return make_predictor(model.spec, std::move(options));
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, const PromptOptions& prompt,
                                      const MediaJob& job) {
  return load_model(model, job.media(), load_corpus(model, prompt, job.media()), all_prompts(job));
}

}  // namespace zipdream
