// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/cli/common_options.h"
#include "apps/cli/output.h"
#include "base/files.h"
#include "base/terminal.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::string with_article(Media media) {
  return media == Media::kImage ? "an image" : media == Media::kAudio ? "audio" : "a text";
}

// Whether the bytes of whatever file were asked for.
bool wants_bytes(const PromptOptions& options) { return options.media == Media::kText; }

}  // namespace

void check_readers(const ModelOptions& model, const PromptOptions& prompt) {
  if (prompt.text || prompt.file.value_or("-") != "-" || model.corpus_file != "-") return;
  throw usage_error(
      "--corpus -: standard input is the prompt, and can be read only once; name a file");
}

Bytes read_prompt(const PromptOptions& options) {
  if (options.text) return to_bytes(*options.text);
  if (!options.file && stdin_is_terminal()) {
    throw usage_error("no prompt; give -p TEXT, -f FILE or standard input");
  }
  return read_file(options.file.value_or("-"));
}

bool may_begin(const ModelOptions& model) {
  return !model.corpus_file.empty() || can_begin(model.spec);
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
  const std::string file = options.file.value_or("-");
  JobOptions job_options = {.media = options.media,
                            .name = file == "-" ? "standard input" : file,
                            .count = count,
                            .prompt_bytes = options.context,
                            .image = options.image,
                            .audio = options.audio};
  if (options.text && !options.media) job_options.media = Media::kText;
  auto job = make_job(std::move(content), job_options);
  check_media_options(*options.arguments, job->media());
  return job;
}

MediaBytes load_bytes(Bytes content, Media media, const PromptOptions& options,
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
  return {std::move(content), {}};
}

Bytes read_corpus(const ModelOptions& model) {
  if (model.corpus_file.empty()) return {};
  Bytes content = read_file(model.corpus_file);
  if (content.empty()) throw Error(fmt::format("{}: the corpus is empty", model.corpus_file));
  return content;
}

Bytes load_beside(Bytes content, Media media, const PromptOptions& options,
                  const std::string& path) {
  if (content.empty() || wants_bytes(options)) return content;
  const Media own = media_of(content, path);
  if (own == Media::kText) return content;
  if (own == media) return load_bytes(std::move(content), media, options, path).bytes;
  throw Error(
      Error::Kind::kFailure, path,
      fmt::format("is {}, and what it stands before is {}", with_article(own), with_article(media)),
      "give a file of the same kind, or a text");
}

Bytes decode_corpus(Bytes content, const ModelOptions& model, const PromptOptions& prompt,
                    Media media) {
  return load_beside(std::move(content), media, prompt, model.corpus_file);
}

Bytes load_corpus(const ModelOptions& model, const PromptOptions& prompt, Media media) {
  return decode_corpus(read_corpus(model), model, prompt, media);
}

void keep_window(const ModelOptions& model, Bytes& corpus) {
  if (model.corpus_bytes > 0) corpus.resize(std::min(corpus.size(), model.corpus_bytes));
}

void tell_how(const Spec& spec, const std::string& probs, const std::string& how) {
  tell(fmt::format("{}: {}{}{}", spec.text(), probs, how.empty() ? "" : " ", how));
}

ModelRequest with_corpus(const ModelOptions& options, Bytes corpus) {
  ModelRequest request = static_cast<const ModelRequest&>(options);
  request.corpus = std::move(corpus);
  return request;
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, Media media, Bytes corpus,
                                      ByteView prompt) {
  auto predictor = load_model(with_corpus(model, std::move(corpus)), media, prompt);
  if (model.verbose) tell_how(model.spec, probs_name(model), predictor->describe());
  return predictor;
}

std::unique_ptr<Predictor> load_model(const ModelOptions& model, const MediaJob& job,
                                      Bytes corpus) {
  const ModelRequest request = with_corpus(model, std::move(corpus));
  auto predictor = load_model(request, job);
  if (model.verbose) {
    tell_how(spec_for(request, job), probs_name(model), predictor->describe());
  }
  return predictor;
}

LoadedMethod load_method(const MethodRequest& method, const ModelOptions& model, Bytes corpus,
                         const MediaJob& job) {
  LoadedMethod loaded = load_method(method, with_corpus(model, std::move(corpus)), job);
  if (model.verbose && method.kind == MethodKind::kSample) {
    tell_how(loaded.spec, probs_name(model), loaded.description);
  }
  return loaded;
}

}  // namespace zipdream
