// SPDX-License-Identifier: Apache-2.0
#include "cli/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "cli/output.h"
#include "experiments/shaped_spec.h"
#include "models/registry.h"

namespace zipdream {
namespace {

// By the lengths every candidate costs a compression of what the codec sees, and one sample depends
// on those shortly before it: the paper's 2048 bytes keep a second of sound within minutes.
constexpr std::size_t kAudioTail = 2048;

// A text whose beginning is given, if --context says so.
std::unique_ptr<MediaJob> make_text(const PromptOptions& options, Bytes content,
                                    std::size_t count) {
  if (!options.context) return make_text_job(std::move(content), count);
  const std::size_t given = *options.context;
  if (given >= content.size()) {
    throw usage_error(fmt::format(
        "--context {}: the text has {} bytes, so that none is left to predict; lower it", given,
        content.size()));
  }
  const auto middle = content.begin() + static_cast<std::ptrdiff_t>(given);
  const auto end = middle + static_cast<std::ptrdiff_t>(std::min(count, content.size() - given));
  return make_text_job(Bytes(content.begin(), middle), count, Bytes(middle, end));
}

}  // namespace

Bytes read_prompt(const PromptOptions& options) {
  if (options.text) return to_bytes(*options.text);
  if (!options.file && stdin_is_terminal()) {
    throw usage_error("no prompt; give -p TEXT, -f FILE or standard input");
  }
  return read_file(options.file.value_or("-"));
}

std::unique_ptr<MediaJob> load_job(const PromptOptions& options, std::size_t count,
                                   bool may_be_empty) {
  return make_job(options, read_prompt(options), count, may_be_empty);
}

std::unique_ptr<MediaJob> make_job(const PromptOptions& options, Bytes content, std::size_t count,
                                   bool may_be_empty) {
  if (content.empty() && !may_be_empty) {
    throw Error("the prompt is empty; give some text, or a --corpus to continue");
  }
  const Media guessed = options.text ? Media::kText : guess_media(content);
  const Media media = options.media.value_or(guessed);
  if (options.context && media != Media::kText) {
    throw usage_error(media == Media::kImage
                          ? "--context: is for text; say how much of an image is given with --share"
                          : "--context: is for text; say how much is given with --prompt-seconds");
  }
  try {
    switch (media) {
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
  return make_text(options, std::move(content), count);
}

void refuse_count(bool count_given, const MediaJob& job) {
  if (!count_given || job.media() == Media::kText) return;
  throw usage_error(job.media() == Media::kImage
                        ? "-n: is for text; an image is continued to its edge, see --share"
                        : "-n: is for text; say how much sound with --seconds");
}

Bytes all_prompts(const MediaJob& job) {
  Bytes bytes;
  for (const Strand& strand : job.strands()) {
    const Bytes given = all_given(strand);
    bytes.insert(bytes.end(), given.begin(), given.end());
  }
  return bytes;
}

std::size_t tail_of(const ModelOptions& model, Media media) {
  const bool is_slow = measures_streams(model.spec, law_options(model));
  return model.tail.value_or(media == Media::kAudio && is_slow ? kAudioTail : 0);
}

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
  return corpus;
}

void keep_window(const ModelOptions& model, Bytes& corpus) {
  if (model.window > 0) corpus.resize(std::min(corpus.size(), model.window));
}

PredictorOptions predictor_options(const ModelOptions& model, Bytes corpus, Media media,
                                   ByteView prompt) {
  PredictorOptions options = law_options(model);
  BytePredictorOptions& bytes = options.bytes;
  bytes.alphabet = parse_alphabet(model.alphabet.value_or("all"), corpus, prompt);
  keep_window(model, corpus);
  bytes.corpus = std::move(corpus);
  bytes.tail = tail_of(model, media);
  return options;
}

std::string shaped_spec(const ModelOptions& model, const MediaJob& job, std::size_t corpus_bytes) {
  return shaped_spec(model.spec, job, corpus_bytes, model.tail.value_or(0) > 0);
}

void tell_how(const ModelOptions& model, const std::string& spec, const Predictor& predictor) {
  if (!model.verbose) return;
  const std::string how = predictor.describe();
  tell(fmt::format("{}: {}{}{}", spec, law_name(model), how.empty() ? "" : " ", how));
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media, Bytes corpus,
                                      ByteView prompt) {
  auto predictor =
      make_model(model.spec, predictor_options(model, std::move(corpus), media, prompt));
  tell_how(model, model.spec, *predictor);
  return predictor;
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, const MediaJob& job,
                                      Bytes corpus) {
  ModelOptions shaped = model;
  const std::size_t used = model.window > 0 ? std::min(model.window, corpus.size()) : corpus.size();
  shaped.spec = shaped_spec(model, job, used);
  return load_model(shaped, job.media(), std::move(corpus), all_prompts(job));
}

}  // namespace zipdream
