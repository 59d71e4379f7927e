// SPDX-License-Identifier: Apache-2.0
// zipdream/compare.h as a client of the library uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "zipdream/zipdream.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CompareRequest request_of(const std::vector<std::string>& models) {
  CompareRequest request;
  for (const std::string& model : models) request.models.push_back(Spec::parse(model));
  request.prompt = to_bytes("the cat sat on the mat, the cat sat on ");
  request.count = 12;
  request.seed = 5;
  return request;
}

// The option that the Error of a request names.
std::string refused_option(const CompareRequest& request) {
  try {
    static_cast<void>(compare(request));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage) << error.what();
    return error.option();
  }
  return "none";
}

TEST(CompareRequest, PutsModelsAndMethodsSideBySide) {
  CompareRequest request = request_of({"gzip:9@bytes", "gzip:9@beam", "ppm:6", "gzip:9@dream"});
  request.reference = to_bytes("the mat, the dog is not looked at");
  request.method.horizon = 4;
  request.method.sampler.temperature = 0.5;
  request.samples = 2;
  const Comparison comparison = compare(request);
  ASSERT_EQ(comparison.runs.size(), 4U);
  EXPECT_EQ(comparison.runs[0].variant.name, "gzip:9@bytes");
  EXPECT_EQ(comparison.runs[0].variant.model, "gzip:9");
  EXPECT_EQ(comparison.runs[0].variant.probs, "lengths in bytes");
  EXPECT_EQ(comparison.runs[1].variant.method, "beam");
  EXPECT_EQ(comparison.runs[2].variant.temperature, 0.5);
  EXPECT_EQ(comparison.runs[3].variant.temperature, 1) << "a dream has no sampler";
  for (const VariantRun& run : comparison.runs) {
    ASSERT_TRUE(run.reference);
    EXPECT_EQ(run.reference->bits.size(), 12U) << "as many as are generated";
    ASSERT_EQ(run.samples.size(), 2U);
    EXPECT_EQ(run.samples[1].seed, 6U);
    EXPECT_EQ(run.samples[1].continuations.at(0).size(), 12U);
  }
}

TEST(CompareRequest, SamplesAndScoresAsTheOtherRequestsDo) {
  CompareRequest request = request_of({"gzip:9@sample"});
  request.reference = to_bytes("the mat, the");
  request.model.corpus = to_bytes("a mat is what the cat sat on. ");
  const VariantRun run = compare(request).runs.at(0);

  GenerateRequest generated;
  generated.model = request.model;
  generated.model.spec = Spec::parse("gzip:9");
  generated.prompt = request.prompt;
  generated.count = request.count;
  generated.seed = request.seed;
  EXPECT_THAT(run.samples.at(0).continuations, ElementsAre(generate(generated).bytes));

  const ScoreRequest scored = {generated.model, request.prompt, request.reference};
  EXPECT_EQ(run.reference->bits, score(scored).bits);
}

TEST(CompareRequest, NamesTheOptionThatCannotBeMeant) {
  EXPECT_EQ(refused_option(request_of({})), "models");
  CompareRequest request = request_of({"gzip:9"});
  request.prompt.clear();
  EXPECT_EQ(refused_option(request), "prompt");
  request = request_of({"gzip:9"});
  request.samples = 0;
  EXPECT_EQ(refused_option(request), "samples");
  request = request_of({"gzip:9", "gzip:9@spans"});
  request.method.horizon = 4;
  EXPECT_EQ(refused_option(request), "horizon") << "none of them is a beam search";
  request = request_of({"ppm:6"});
  request.model.units = Units::kBytes;
  EXPECT_EQ(refused_option(request), "units");
  request = request_of({"gzip:9"});
  request.model.alphabet = "a-z ,";
  request.reference = to_bytes("The");
  EXPECT_EQ(refused_option(request), "alphabet");
}

TEST(CompareRequest, KnowsItsMethodsAndSuggestsTheNearest) {
  for (const std::string_view method : compare_methods()) {
    EXPECT_NO_THROW(check_compare(request_of({"gzip:9@" + std::string(method)}))) << method;
  }
  EXPECT_THAT([] { check_compare(request_of({"gzip:9@dreem"})); },
              testing::ThrowsMessage<Error>(HasSubstr("did you mean dream?")));
}

TEST(CompareRequest, SaysWhyASampleFailedInTheClientsWords) {
  CompareRequest request = request_of({"gzip:9"});
  request.model.alphabet = "t";
  request.prompt = to_bytes("tttttttt");
  request.method.max_copy = 1;
  request.explain = [](const Error& error) { return "<" + error.option() + ">"; };
  EXPECT_EQ(compare(request).runs.at(0).samples.at(0).failure, "<max_copy>");
}

}  // namespace
}  // namespace zipdream
