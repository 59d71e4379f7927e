// SPDX-License-Identifier: Apache-2.0
// Models that a program brings along itself, wherever a spec names a model (zipdream/own_model.h).
#include "zipdream/own_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "zipdream/archive.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kText = "the cat sat on the mat, the cat sat on the hat, the cat sat on the ";

// ppm, as a program of somebody else's would write it.
OwnModel own_model(int order = 3) {
  return {"mine", make_predictor("ppm:" + std::to_string(order))};
}

TEST(OwnModel, IsNamedByItsSpecWhileItLives) {
  std::string spec;
  {
    const OwnModel model = own_model();
    spec = model.spec();
    EXPECT_EQ(spec, "own:mine");
    EXPECT_EQ(make_predictor(spec)->alphabet_size(), 256);
    const OwnModel other = own_model();
    EXPECT_EQ(other.spec(), "own:mine,number=2");
  }
  EXPECT_THAT([&] { (void)make_predictor(spec); },
              ThrowsMessage<Error>(AllOf(HasSubstr("own:mine"), HasSubstr("brings along"))));
  EXPECT_EQ(OwnModel("a, b", make_predictor("ppm")).spec(), R"(own:"a, b")");
  EXPECT_THROW((void)OwnModel("", make_predictor("ppm")), Error);
}

TEST(OwnModel, IsNotListed) {
  EXPECT_EQ(find_model_info("own")->name, "own");
  for (const ModelInfo* info : model_list()) EXPECT_NE(info->name, "own");
}

TEST(OwnModel, GeneratesAndScoresAsTheModelItself) {
  const OwnModel model = own_model();
  GenerateRequest request = {.prompt = to_bytes(kText), .count = 30, .seed = 5};
  request.model.spec = Spec::parse(model.spec());
  const Bytes by_own = generate(request).bytes;
  request.model.spec = Spec::parse("ppm:3");
  EXPECT_EQ(by_own, generate(request).bytes);

  ScoreRequest of = {.data = to_bytes(kText)};
  of.model.spec = Spec::parse("mix:" + model.spec() + "+cm");
  const double bits = score(of).total();
  of.model.spec = Spec::parse("mix:ppm:3+cm");
  EXPECT_DOUBLE_EQ(bits, score(of).total());
}

TEST(OwnModel, BeginsTextsFromNothing) {
  const OwnModel model = own_model();
  GenerateRequest request = {.count = 10, .seed = 5};
  request.model.spec = Spec::parse(model.spec());
  EXPECT_EQ(generate(request).bytes.size(), 10);
}

TEST(OwnModel, WritesArchivesThatItAloneReads) {
  const Bytes content = to_bytes(kText);
  for (const std::string mix : {"", "mix:"}) {
    const std::string beside = mix.empty() ? "" : "+cm";
    Bytes archive;
    {
      const OwnModel other = own_model();
      const OwnModel model = own_model();  // has a number, of which archives say nothing
      const Spec spec = Spec::parse(mix + model.spec() + beside);
      archive = compress(content, spec);
      EXPECT_EQ(archive, compress(content, Spec::parse(mix + other.spec() + beside)));
      EXPECT_EQ(decompress(archive), content);
    }
    EXPECT_THAT([&] { (void)decompress(archive); },
                ThrowsMessage<Error>(AllOf(HasSubstr("own:mine"), HasSubstr("brings along"))));
    const OwnModel wrong = own_model(2);
    EXPECT_THROW((void)decompress(archive), Error);
  }
}

}  // namespace
}  // namespace zipdream
