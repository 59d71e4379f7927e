// SPDX-License-Identifier: Apache-2.0
// The requests of zipdream/generate.h and zipdream/score.h for bytes.
#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "base/process.h"
#include "generator/load_method.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "generator/score.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/score.h"

namespace zipdream {

GenerateResult generate(const GenerateRequest& request) {
  if (request.prompt.empty() && request.model.corpus.empty() && !can_begin(request.model.spec)) {
    throw Error::of_option("prompt", "", "is empty", "give some text, or a corpus to continue");
  }
  for (const std::string& stop : request.endings.stops) {
    if (stop.empty()) throw Error::of_option("stop", "", "is empty", "leave it out");
  }
  check_method(request.method, request.model);
  const auto job = make_text_job(request.prompt, request.count);
  LoadedMethod loaded = load_method(request.method, request.model, *job);
  std::vector<Bytes> continuations = generate(
      *loaded.method, job->sequences(), request.seed,
      [&](std::size_t /*sequence*/, ByteView bytes) {
        if (request.on_generated) request.on_generated(bytes);
      },
      request.endings);
  return {.bytes = std::move(continuations.front()),
          .sampler = loaded.sampler,
          .fit = loaded.fit,
          .probs = probs_name(request.model)};
}

double ScoreResult::total() const { return std::accumulate(bits.begin(), bits.end(), 0.0); }

double ScoreResult::per_byte() const { return total() / static_cast<double>(bits.size()); }

ScoreResult score(const ScoreRequest& request) {
  if (request.data.empty()) throw Error::of_option("data", "", "is empty", "give what to score");
  const auto predictor = load_model(request.model, Media::kText, request.context);
  predictor->observe(request.context);
  return {.bits = score(*predictor, request.data), .probs = probs_name(request.model)};
}

std::vector<double> score(Predictor& predictor, ByteView bytes) {
  if (const auto at = find_unencodable_byte(predictor, bytes)) throw lacks_symbol(bytes, *at);
  std::vector<double> bits = score(predictor, bytes, [](double /*bits*/) {});
  check_interrupt();
  return bits;
}

}  // namespace zipdream
