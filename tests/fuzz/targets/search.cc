// SPDX-License-Identifier: Apache-2.0
// Beam and span searches with any options, after any corpus and prompt, give as many bytes as were
// asked for, and the same ones again.
// libFuzzer: -max_len=500
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "codecs/common/alphabet.h"
#include "generator/method.h"
#include "generator/search/beam.h"
#include "generator/search/spans.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::array kSpecs = {"gzip:9", "gzip:1", "ppm:3", "stored", "flac", "png:6,width=4"};

// By lengths every candidate is compressed, so that they are few.
constexpr std::size_t kMaxCandidates = 4;

Alphabet few_of(ByteView corpus, ByteView prompt) {
  Alphabet alphabet = seen_alphabet(corpus, prompt);
  if (alphabet.empty()) return {'a'};
  alphabet.resize(std::min(alphabet.size(), kMaxCandidates));
  return alphabet;
}

SearchStart start_of(FuzzInput& input, ByteView corpus, ByteView prompt) {
  PredictorOptions options;
  const Spec spec = Spec::parse(kSpecs.at(input.choose(kSpecs.size())));
  if (input.choose(2) == 1 && is_codec(spec)) {
    options.probs = Probs::kLengths;
    options.alphabet = few_of(corpus, prompt);
  }
  options.corpus = Bytes(corpus.begin(), corpus.end());
  SearchStart start{.scorer = make_scorer(spec, options), .context_window = input.choose(30)};
  const std::size_t longest = input.choose(20);
  if (longest > 0) {
    start.copy_limit.emplace(longest);
    start.copy_limit->append(corpus);
  }
  return start;
}

SamplerOptions sampler_of(FuzzInput& input) {
  return {.temperature = static_cast<double>(input.choose(20)) / 8,
          .top_k = input.choose(9),
          .top_p = static_cast<double>(1 + input.choose(16)) / 16,
          .min_p = static_cast<double>(input.choose(17)) / 16};
}

std::unique_ptr<Method> method_of(FuzzInput& input, SearchStart start, ByteView corpus,
                                  ByteView prompt) {
  if (input.choose(2) == 0) {
    const BeamOptions options{
        .horizon = 1 + input.choose(6), .width = 1 + input.choose(6), .sampler = sampler_of(input)};
    return make_beam_search(std::move(start), options);
  }
  SpanOptions options{
      .span = 1 + input.choose(12), .key = 1 + input.choose(12), .sampler = sampler_of(input)};
  const ByteView source = corpus.empty() ? prompt : corpus;
  if (source.size() < options.key + options.span) return nullptr;  // the caller's to refuse
  if (start.copy_limit) options.span = 1;
  return make_span_search(std::move(start), Bytes(corpus.begin(), corpus.end()), options);
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const ByteView corpus = input.take(input.choose(300));
  const ByteView prompt = input.take(input.choose(100));
  SearchStart start = start_of(input, corpus, prompt);
  const auto method = method_of(input, std::move(start), corpus, prompt);
  if (!method) return;
  const Sequence sequence{.prompt = Bytes(prompt.begin(), prompt.end()), .count = input.choose(12)};
  accepts([&] {
    const auto once = generate(*method, {&sequence, 1}, 1, [](std::size_t, ByteView) {});
    check(once.at(0).size() == sequence.count, "fewer bytes than asked for");
    const auto again = generate(*method, {&sequence, 1}, 1, [](std::size_t, ByteView) {});
    check(once == again, "a seed has two results");
  });
}

}  // namespace zipdream
