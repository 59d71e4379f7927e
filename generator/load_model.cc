// SPDX-License-Identifier: Apache-2.0
#include "generator/load_model.h"

#include <algorithm>
#include <utility>

#include "codecs/common/alphabet.h"
#include "zipdream/registry.h"

namespace zipdream {

namespace {

void adapt(Spec& spec, const MediaShape& shape) {
  const ModelInfo& info = spec.info();
  if (info.adapt != nullptr) info.adapt(spec, shape);
  // What arithmetic coding wraps keeps to what it says: its streams have no job.
  if (info.inner == ModelInfo::Inner::kAfterName) return;
  for (Spec& inner : spec.inner()) adapt(inner, shape);
}

}  // namespace

Spec adapted_spec(Spec spec, const MediaJob& job, std::size_t bytes_before, bool has_window) {
  return adapted_spec(
      std::move(spec),
      MediaShape{.rows = job.rows(), .samples = job.samples(), .has_window = has_window},
      bytes_before);
}

Spec adapted_spec(Spec spec, MediaShape shape, std::size_t bytes_before) {
  if (shape.rows && bytes_before % (shape.rows->width * shape.rows->channels) != 0) {
    shape.rows.reset();
  }
  adapt(spec, shape);
  return spec;
}

namespace {

// By lengths every candidate costs a compression of what the codec sees, and one sample depends on
// those shortly before it: the paper's 2048 bytes keep a second of audio within minutes.
constexpr std::size_t kAudioWindow = 2048;

// All that is given of the job's sequences, in their order.
Bytes all_prompts(const MediaJob& job) {
  Bytes bytes;
  for (const Sequence& sequence : job.sequences()) {
    const Bytes given = all_prompt_bytes(sequence);
    bytes.insert(bytes.end(), given.begin(), given.end());
  }
  return bytes;
}

}  // namespace

bool can_begin(const Spec& spec) { return spec.info().files != nullptr || spec.name() == "own"; }

ByteView seen_corpus(const ModelRequest& request) {
  const ByteView all = request.corpus;
  return request.corpus_bytes > 0 ? all.first(std::min(all.size(), request.corpus_bytes)) : all;
}

PredictorOptions probs_options(const ModelRequest& request) {
  return {.probs = request.probs, .units = request.units, .special = request.special};
}

std::string probs_name(const ModelRequest& request) {
  return probs_name(request.spec, probs_options(request));
}

std::size_t context_window_of(const ModelRequest& request, Media media) {
  const bool is_slow = measures_streams(request.spec, probs_options(request));
  return request.context_window.value_or(media == Media::kAudio && is_slow ? kAudioWindow : 0);
}

PredictorOptions predictor_options(const ModelRequest& request, Media media, ByteView prompt) {
  PredictorOptions options = probs_options(request);
  if (request.alphabet) {
    options.alphabet = parse_alphabet(*request.alphabet, request.corpus, prompt);
  }
  const ByteView corpus = seen_corpus(request);
  options.corpus.assign(corpus.begin(), corpus.end());
  options.context_window = context_window_of(request, media);
  return options;
}

PredictorOptions predictor_options(const ModelRequest& request, const MediaJob& job) {
  // Prompts may be large, and only an alphabet is made of them.
  return predictor_options(request, job.media(), request.alphabet ? all_prompts(job) : Bytes{});
}

Spec spec_for(const ModelRequest& request, const MediaJob& job) {
  return adapted_spec(request.spec, job, seen_corpus(request).size(),
                      request.context_window.value_or(0) > 0);
}

Spec spec_for(const ModelRequest& request, MediaShape shape, std::size_t context_bytes) {
  shape.has_window = request.context_window.value_or(0) > 0;
  return adapted_spec(request.spec, shape, seen_corpus(request).size() + context_bytes);
}

std::unique_ptr<Predictor> load_model(const ModelRequest& request, Media media, ByteView prompt) {
  return make_predictor(request.spec, predictor_options(request, media, prompt));
}

std::unique_ptr<Predictor> load_model(const ModelRequest& request, const MediaJob& job) {
  return make_predictor(spec_for(request, job), predictor_options(request, job));
}

}  // namespace zipdream
