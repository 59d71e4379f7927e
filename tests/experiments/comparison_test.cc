// SPDX-License-Identifier: Apache-2.0
#include "experiments/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/parallel.h"
#include "generator/method.h"
#include "generator/score.h"
#include "tests/experiments/variants.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const CompareRequest kTwoSamples = {.samples = 2, .seed = 5};

// Says always the same, or nothing.
class Saying final : public Method {
 public:
  explicit Saying(Bytes bytes) : bytes_(std::move(bytes)) {}

  void continue_sequence(const Sequence& /*sequence*/, Rng /*rng*/,
                         Continuation& out) const override {
    if (bytes_.empty()) throw Error("nothing comes to mind");
    while (!out.done()) out.append(bytes_);
  }

 private:
  Bytes bytes_;
};

Variant saying(const std::string& text, const Alphabet& alphabet = full_alphabet()) {
  Variant variant = sampling_variant("stored", alphabet);
  variant.method = std::make_unique<Saying>(to_bytes(text));
  return variant;
}

TEST(Comparison, OfATextHasTheTruthAndTheSamplesOfEach) {
  const auto job = rhyme_job();
  const auto variants = sampling_variants({"stored", "ppm:6", "gzip:9"});
  const Comparison comparison = compare(variants, *job, kTwoSamples);
  ASSERT_EQ(comparison.runs.size(), 3U);
  EXPECT_FALSE(comparison.interrupted);
  for (std::size_t i = 0; i < 3; ++i) {
    const VariantRun& run = comparison.runs[i];
    EXPECT_EQ(run.variant.name, variants[i].name.name);
    ASSERT_TRUE(run.reference);
    EXPECT_DOUBLE_EQ(
        run.reference->total(),
        score_sequences(*variants[i].predictor, job->sequences(), job->reference(), [](double) {}));
    ASSERT_EQ(run.samples.size(), 2U);
    for (std::size_t k = 0; k < 2; ++k) {
      const Sample& sample = run.samples[k];
      EXPECT_EQ(sample.seed, 5 + k);
      EXPECT_EQ(sample.continuations, generate(*variants[i].method, job->sequences(), 5 + k,
                                               [](std::size_t, ByteView) {}));
      EXPECT_EQ(sample.metrics.bytes, 12U);
      EXPECT_EQ(sample.trace->bits.size(), 12U);
      EXPECT_FALSE(sample.mean_difference);
    }
  }
  EXPECT_EQ(comparison.runs[0].reference->per_byte(), 8);
  EXPECT_LT(comparison.runs[1].reference->per_byte(), 1) << "ppm has seen it before";
}

TEST(Comparison, IsTheSameOnAnyNumberOfThreads) {
  const auto job = make_image_job(ramp_png(24, 16, 3), {});
  const auto variants = sampling_variants({"gzip:9", "ppm:3"});
  set_thread_count(1);
  const Comparison one = compare(variants, *job, kTwoSamples);
  set_thread_count(4);
  const Comparison four = compare(variants, *job, kTwoSamples);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(one.runs[i].reference->bits, four.runs[i].reference->bits);
    EXPECT_EQ(one.runs[i].reference->ranks, four.runs[i].reference->ranks);
    for (std::size_t k = 0; k < 2; ++k) {
      const Sample& a = one.runs[i].samples[k];
      const Sample& b = four.runs[i].samples[k];
      EXPECT_EQ(a.continuations, b.continuations);
      EXPECT_EQ(a.trace->bits, b.trace->bits);
      EXPECT_EQ(a.mean_difference, b.mean_difference);
    }
  }
}

TEST(Comparison, OfATextWithoutTruthHasSamplesAlone) {
  const auto job = make_text_job(to_bytes("to be or not to "), 5);
  const Comparison comparison = compare(sampling_variants({"ppm:6"}), *job, kTwoSamples);
  EXPECT_FALSE(comparison.runs[0].reference);
  EXPECT_EQ(comparison.runs[0].samples.size(), 2U);
}

TEST(Comparison, OfAnImageTellsHowFarItIsFromTheTruth) {
  const auto job = make_image_job(ramp_png(8, 4, 1), {});
  std::vector<Variant> variants;
  variants.push_back(saying(std::string(1, '\0')));
  const Comparison comparison = compare(variants, *job, kTwoSamples);
  double sum = 0;
  for (const Bytes& row : job->reference()) {
    for (const Byte pixel : row) sum += pixel;
  }
  EXPECT_EQ(comparison.runs[0].reference->bits.size(), 16U);
  EXPECT_DOUBLE_EQ(*comparison.runs[0].samples[0].mean_difference, sum / 16);
}

TEST(Comparison, OfASoundScoresWhatTheFileHoldsBehindThePrompt) {
  const AudioOptions options = {.rate = 8000, .prompt_seconds = 0.02, .seconds = 0.01};
  const auto job = make_audio_job(tone_wav(0.05), options);
  const Comparison comparison = compare(sampling_variants({"ppm:6"}), *job, kTwoSamples);
  EXPECT_EQ(comparison.runs[0].reference->bits.size(), 80U);
  EXPECT_EQ(comparison.runs[0].samples[1].metrics.bytes, 80U);
}

TEST(Comparison, KeepsTheReasonOfASampleThatFails) {
  std::vector<Variant> variants = sampling_variants({"stored"});
  variants.push_back(saying(""));
  const Comparison comparison = compare(variants, *rhyme_job(), kTwoSamples);
  EXPECT_EQ(comparison.runs[0].samples[0].failure, "");
  EXPECT_EQ(comparison.runs[1].samples[0].failure, "nothing comes to mind");
  EXPECT_TRUE(overview(comparison.runs[0]));
  EXPECT_FALSE(overview(comparison.runs[1]));
}

TEST(Comparison, DoesNotScoreASampleThatThePredictorHasNoSymbolsFor) {
  std::vector<Variant> variants;
  variants.push_back(saying("X", parse_alphabet("a-z ,", {}, {})));
  const Comparison comparison = compare(variants, *rhyme_job(), kTwoSamples);
  EXPECT_FALSE(comparison.runs[0].samples[0].trace);
  EXPECT_FALSE(overview(comparison.runs[0])->bits_per_byte);
}

TEST(Comparison, RefusesModelsOfDifferentAlphabets) {
  std::vector<Variant> variants;
  variants.push_back(saying("a", parse_alphabet("a-z", {}, {})));
  variants.push_back(saying("b"));
  EXPECT_THAT([&] { (void)compare(variants, *rhyme_job(), kTwoSamples); },
              ThrowsMessage<Error>(AllOf(HasSubstr("26 bytes"), HasSubstr("256"))));
}

TEST(Comparison, RefusesAReferenceThatThePredictorsHaveNoSymbolsFor) {
  std::vector<Variant> variants;
  variants.push_back(saying("a", parse_alphabet("a-z ", {}, {})));
  EXPECT_THAT([&] { (void)compare(variants, *rhyme_job(), kTwoSamples); },
              ThrowsMessage<Error>(AllOf(HasSubstr("0x2c ','"), HasSubstr("alphabet: "))));
}

TEST(Overview, TakesTheMeansOfTheSamples) {
  VariantRun run;
  for (const double bits : {1.0, 3.0}) {
    Sample sample{.seconds = bits};
    sample.metrics = {.bytes = 10,
                      .longest_copied_run = static_cast<std::size_t>(bits),
                      .copied_share = bits / 4};
    if (bits < 2) sample.metrics.distinct_4grams = 0.5;
    sample.trace = SurprisalTrace{.bits = {bits, bits}};
    run.samples.push_back(sample);
  }
  run.samples.push_back({.failure = "no"});
  const auto view = overview(run);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->seconds, 2);
  EXPECT_EQ(view->bytes_per_second, 5);
  EXPECT_EQ(view->longest_copied_run, 3U);
  EXPECT_EQ(view->copied_share, 0.5);
  EXPECT_EQ(view->distinct_4grams, 0.5);
  EXPECT_EQ(view->bits_per_byte, 2);
}

}  // namespace
}  // namespace zipdream
