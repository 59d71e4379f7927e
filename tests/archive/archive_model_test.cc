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

TEST(CanonicalSpec, SpellsAllDefaults) {
  EXPECT_EQ(canonical_spec("gzip"), "gzip:6");
  EXPECT_EQ(canonical_spec("stored"), "stored");
  EXPECT_EQ(canonical_spec("ppm"), "arith:ppm:6");
  EXPECT_EQ(canonical_spec("arith:gzip"), "arith:gzip:6");
  EXPECT_EQ(canonical_spec("png"), canonical_spec("png:9"));
}

TEST(CanonicalSpec, HasOneSpellingForOneMeaning) {
  EXPECT_EQ(canonical_spec("gzip:09"), "gzip:9");
  EXPECT_EQ(canonical_spec("xz:06e"), "xz:6e");
  EXPECT_EQ(canonical_spec("flac:00"), "flac:0");
  EXPECT_EQ(canonical_spec("zstd:010"), "zstd:10");
  EXPECT_EQ(canonical_spec("brotli:10"), "brotli:10");
  EXPECT_EQ(canonical_spec("ppm:04"), "arith:ppm:4");
  EXPECT_EQ(canonical_spec("png:9,channels=3,width=40"), canonical_spec("png:width=40,channels=3"));
  for (const char* spec :
       {"gzip", "ppm", "arith:xz:9e", "png:width=40", "stored", "arith:stored"}) {
    EXPECT_EQ(canonical_spec(canonical_spec(spec)), canonical_spec(spec));
  }
}

TEST(CanonicalSpec, RefusesWhatIsNotThere) {
  const auto expect_refused = [](const char* spec, const char* why) {
    EXPECT_THAT([&] { static_cast<void>(canonical_spec(spec)); },
                ThrowsMessage<Error>(HasSubstr(why)))
        << spec;
  };
  expect_refused("gzpi", "did you mean gzip?");
  expect_refused("arith:gzpi", "did you mean gzip?");
  expect_refused("gzip:12", "gzip:9");
  expect_refused("ppm:77", "ppm:");
  expect_refused("arith", "of which model?");
  expect_refused("arith:arith:ppm", "say arith:ppm");
  expect_refused("", "no such model");
}

TEST(ArchiveModel, OfOtherWeightsIsNamed) {
  const Bytes ours(32, 0xab);
  const Bytes others(32, 0x17);
  const std::string spec = "arith:ppm:6";
  const Bytes text = text_like(2000);
  const Bytes archive = pack(text, ArchiveModel(spec, make_codec(spec), ours));
  EXPECT_EQ(unpack(archive, spec, ours), text);
  EXPECT_THAT([&] { static_cast<void>(unpack(archive, spec, others)); },
              ThrowsMessage<ArchiveError>(AllOf(HasSubstr("arith:ppm:6 of other weights"),
                                                HasSubstr("abab"), HasSubstr("1717"))));
  EXPECT_THAT([&] { static_cast<void>(unpack(archive, spec, {})); },
              ThrowsMessage<ArchiveError>(HasSubstr("here it is none")));
  EXPECT_THAT(unpack_error(archive), HasSubstr("of other weights"));
}

TEST(ArchiveModel, OfAnotherNameIsNamed) {
  const Bytes archive = pack(text_like(2000), "ppm:6");
  EXPECT_THAT([&] { static_cast<void>(unpack(archive, "arith:ppm:4", {})); },
              ThrowsMessage<ArchiveError>(
                  AllOf(HasSubstr("was made with arith:ppm:6"), HasSubstr("not arith:ppm:4"))));
}

// A model whose code changed, or whose library did: the same name, other probabilities.
TEST(ArchiveModel, ThatPredictsOtherwiseIsNamedBeforeAnythingIsDecoded) {
  const Bytes text = text_like(2000);
  const std::string spec = "arith:ppm:6";
  const Bytes archive = pack(text, ArchiveModel(spec, make_codec("arith:ppm:5"), {}));
  EXPECT_THAT(unpack_error(archive),
              AllOf(HasSubstr("arith:ppm:6 predicts otherwise"), HasSubstr("another version")));
}

TEST(ArchiveModel, ThatThisZipdreamDoesNotHaveIsNamed) {
  const Bytes archive = pack(text_like(100), ArchiveModel("futuristic:7", make_codec("gzip"), {}));
  EXPECT_THAT(unpack_error(archive),
              HasSubstr("made with futuristic:7, which this zipdream does not have"));
  const Bytes level = pack(text_like(100), ArchiveModel("gzip:77", make_codec("gzip"), {}));
  EXPECT_THAT(unpack_error(level), HasSubstr("made with gzip:77"));
}

// Archives are refused when it changes: it must not.
TEST(ArchiveModel, IsProbedWithTheTextOfTheFormat) {
  EXPECT_EQ(crc32_of(check_text(256, 40)), 2142232974U);
  EXPECT_EQ(ArchiveModel("arith:stored").probe(),
            crc32_of(make_codec("arith:stored")->compress(check_text(256, 40))));
}

TEST(ArchiveModel, HasAProbeWhereProbabilitiesCount) {
  EXPECT_TRUE(ArchiveModel("ppm").probe());
  EXPECT_NE(ArchiveModel("ppm:5").probe(), ArchiveModel("ppm:6").probe());
  EXPECT_FALSE(ArchiveModel("gzip").probe()) << "its streams are those of a standard";
}

}  // namespace
}  // namespace zipdream
