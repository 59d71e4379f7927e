// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string model_error(std::string_view spec, PredictorOptions options = {}) {
  try {
    static_cast<void>(make_predictor(spec, std::move(options)));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage) << error.what();
    return error.what();
  }
  return "";
}

std::string compressor_error(std::string_view spec) {
  try {
    static_cast<void>(make_codec(spec));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage) << error.what();
    return error.what();
  }
  return "";
}

TEST(ModelRegistry, KnowsTheCodecsAsModels) {
  EXPECT_EQ(make_predictor("gzip:9", {})->alphabet_size(), 256U);
  EXPECT_EQ(make_predictor("arith:gzip:9", {})->alphabet_size(), 256U);
}

TEST(ModelRegistry, SuggestsTheNearestModelOfEitherKind) {
  EXPECT_THAT(model_error("gzpi"), AllOf(StartsWith("gzpi: no such model"), HasSubstr("gzip?")));
  EXPECT_THAT(model_error("arit:gzip"), HasSubstr("did you mean arith?"));
  EXPECT_THAT(compressor_error("zst"), HasSubstr("did you mean zstd?"));
}

TEST(ModelRegistry, AsksWhichModelToCodeBy) {
  EXPECT_THAT(model_error("arith"), AllOf(StartsWith("arith: "), HasSubstr("arith:gzip:9")));
  EXPECT_THAT(compressor_error("arith:"), HasSubstr("arith:gzip:9"));
  EXPECT_THAT(compressor_error("arith:nothing"), StartsWith("nothing: no such model"));
}

TEST(ModelRegistry, PassesOptionsOn) {
  EXPECT_THAT(model_error("gzip:99"), HasSubstr("gzip:9"));
  EXPECT_THAT(compressor_error("arith:gzip:99"), HasSubstr("gzip:9"));
  PredictorOptions tables;
  tables.probs = Probs::kTables;
  EXPECT_THAT(model_error("arith:stored", tables), HasSubstr("`probs` lengths"));
}

TEST(ModelRegistry, SaysWhereProbabilitiesComeFrom) {
  PredictorOptions options;
  options.units = Units::kBytes;
  EXPECT_EQ(probs_name(Spec::parse("stored"), {}), "lengths in bits");
  EXPECT_EQ(probs_name(Spec::parse("arith:gzip"), {}), "lengths in bits");
  EXPECT_EQ(probs_name(Spec::parse("arith:gzip"), options), "lengths in bytes");
}

}  // namespace
}  // namespace zipdream
