// SPDX-License-Identifier: Apache-2.0
// What archives are made with: specs, hashes and probes.
#include "archive/archive_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/checksum.h"
#include "codecs/common/coding_loop.h"
#include "tests/archive/archives.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string canonical(std::string_view spec) { return canonical_spec(Spec::parse(spec)); }

ArchiveModel model_of(std::string_view spec) { return ArchiveModel(Spec::parse(spec)); }

TEST(CanonicalSpec, SpellsAllDefaults) {
  EXPECT_EQ(canonical("gzip"), "gzip:6");
  EXPECT_EQ(canonical("stored"), "stored");
  EXPECT_EQ(canonical("ppm"), "arith:ppm:6");
  EXPECT_EQ(canonical("arith:gzip"), "arith:gzip:6");
  EXPECT_EQ(canonical("png"), canonical("png:9"));
}

TEST(CanonicalSpec, HasOneSpellingForOneMeaning) {
  EXPECT_EQ(canonical("gzip:09"), "gzip:9");
  EXPECT_EQ(canonical("xz:06e"), "xz:6e");
  EXPECT_EQ(canonical("flac:00"), "flac:0");
  EXPECT_EQ(canonical("zstd:010"), "zstd:10");
  EXPECT_EQ(canonical("brotli:10"), "brotli:10");
  EXPECT_EQ(canonical("ppm:04"), "arith:ppm:4");
  EXPECT_EQ(canonical("png:9,channels=3,width=40"), canonical("png:width=40,channels=3"));
  for (const char* spec :
       {"gzip", "ppm", "arith:xz:9e", "png:width=40", "stored", "arith:stored"}) {
    EXPECT_EQ(canonical(canonical(spec)), canonical(spec));
  }
}

// A header is of printable ASCII alone; what its reader refuses, its writer must not write.
TEST(CanonicalSpec, IsOfPrintableAsciiWhateverAPathHolds) {
  const std::string spec = canonical("lm:my m\xc3\xa9l");
  EXPECT_EQ(spec, R"(arith:lm:"my\x20m\xc3\xa9l")");
  EXPECT_EQ(canonical(spec), spec);
}

TEST(CanonicalSpec, RefusesWhatIsNotThere) {
  const auto expect_refused = [](const char* spec, const char* why) {
    EXPECT_THAT([&] { static_cast<void>(canonical(spec)); }, ThrowsMessage<Error>(HasSubstr(why)))
        << spec;
  };
  expect_refused("gzpi", "did you mean gzip?");
  expect_refused("arith:gzpi", "did you mean gzip?");
  expect_refused("gzip:12", "gzip:9");
  expect_refused("ppm:77", "ppm:");
  expect_refused("arith", "of which model?");
  expect_refused("arith:arith:ppm", "take arith:ppm");
  expect_refused("", "no model is named");
}

TEST(ArchiveModel, OfAnotherNameIsNamed) {
  const Bytes archive = pack(text_like(2000), "ppm:6");
  EXPECT_THAT([&] { static_cast<void>(unpack(archive, "arith:ppm:4")); },
              ThrowsMessage<ArchiveError>(
                  AllOf(HasSubstr("was made with arith:ppm:6"), HasSubstr("not arith:ppm:4"))));
}

// A model whose code changed, or whose library did: the same name, other probabilities.
TEST(ArchiveModel, ThatPredictsOtherwiseIsNamedBeforeAnythingIsDecoded) {
  const Bytes archive = pack(text_like(2000), "ppm:6");
  ArchiveHeader header = read_header(source_of(archive));
  header.probe = *header.probe + 1;
  EXPECT_THAT(unpack_error(with_header(archive, header)),
              AllOf(HasSubstr("arith:ppm:6 predicts otherwise"), HasSubstr("another version")));
}

TEST(ArchiveModel, ThatThisZipdreamDoesNotHaveIsNamed) {
  const Bytes archive = pack(text_like(100), "gzip");
  ArchiveHeader header = read_header(source_of(archive));
  header.spec = "futuristic:7";
  EXPECT_THAT(unpack_error(with_header(archive, header)),
              HasSubstr("made with futuristic:7, which this zipdream does not have"));
  header.spec = "gzip:77";
  EXPECT_THAT(unpack_error(with_header(archive, header)), HasSubstr("made with gzip:77"));
}

TEST(ArchiveModel, ThatLearnedNothingHasNoContentInTheHeader) {
  const Bytes archive = pack(text_like(100), "ppm");
  ArchiveHeader header = read_header(source_of(archive));
  EXPECT_TRUE(header.learned.empty());
  header.learned.push_back({.size = 5, .sha256 = Bytes(32)});
  EXPECT_THAT(unpack_error(with_header(archive, header)), HasSubstr("content of no model"));
}

// Archives are refused when it changes: it must not.
TEST(ArchiveModel, IsProbedWithTheTextOfTheFormat) {
  EXPECT_EQ(crc32_of(check_text(256, 40)), 2142232974U);
  EXPECT_EQ(model_of("arith:stored").probe(),
            crc32_of(make_codec("arith:stored")->compress(check_text(256, 40))));
}

TEST(ArchiveModel, HasAProbeWhereProbabilitiesCount) {
  EXPECT_TRUE(model_of("ppm").probe());
  EXPECT_NE(model_of("ppm:5").probe(), model_of("ppm:6").probe());
  EXPECT_FALSE(model_of("gzip").probe()) << "its streams are those of a standard";
}

}  // namespace
}  // namespace zipdream
