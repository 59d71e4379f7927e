// SPDX-License-Identifier: Apache-2.0
// Whole runs of tiny models.
#include "training/trainer.h"

#include <ATen/Context.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/files.h"
#include "models/lm/load.h"
#include "tests/temporary_folder.h"
#include "training/run_state.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

class Training : public testing::Test {
 protected:
  Training() {
    std::string text;
    while (text.size() < 6000) text += "The keeper climbed the stairs and lit the lamp. ";
    write_file(folder_ / "text", as_bytes(text));
  }

  [[nodiscard]] TrainingPlan plan(const char* architecture = "modern") const {
    TrainingPlan plan;
    plan.files = {folder_ / "text"};
    plan.model = named_model(architecture, "200k");
    plan.model.hidden_size = 32;
    plan.model.num_heads = 2;
    plan.model.intermediate_size = 64;
    plan.model.num_layers = 1;
    plan.model.context_length = 32;
    plan.warmup_seq_len = 16;
    plan.batch = 128;
    plan.steps = 24;
    plan.warm_up = 4;
    plan.save_interval = 7;
    plan.held_out = 0.1;
    return plan;
  }
  [[nodiscard]] TrainingRequest into(const std::string& name) const {
    return {.folder = folder_ / name, .threads = 1, .quiet = true};
  }
  [[nodiscard]] Bytes weights(const std::string& name) const {
    return read_file((std::filesystem::path(folder_ / name) / "model.safetensors").string());
  }

  const TemporaryFolder folder_;
};

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_F(Training, LearnsATextByHeart) {
  for (const char* architecture : {"modern", "paper"}) {
    TrainingPlan long_plan = plan(architecture);
    long_plan.steps = 150;
    long_plan.learning_rate = 1e-2;
    const TrainingResult result = begin_training(long_plan, into(architecture));
    EXPECT_EQ(result.step, 150U);
    EXPECT_LT(result.held_out, 2) << architecture;
    EXPECT_EQ(load_lm(folder_ / architecture).model->config().hidden_size, 32U);
  }
}

TEST_F(Training, IsFixedByItsSeed) {
  begin_training(plan(), into("one"));
  begin_training(plan(), into("same"));
  EXPECT_EQ(weights("one"), weights("same"));
  TrainingPlan reseeded = plan();
  reseeded.seed = 2;
  begin_training(reseeded, into("other"));
  EXPECT_NE(weights("one"), weights("other"));
}

TEST_F(Training, EndsWithTheSameWeightsWhenItWasStoppedBetween) {
  for (const char* architecture : {"modern", "paper"}) {
    const std::string whole = std::string(architecture) + "-whole";
    const std::string parts = std::string(architecture) + "-parts";
    begin_training(plan(architecture), into(whole));
    TrainingRequest request = into(parts);
    request.until = 5;
    EXPECT_EQ(begin_training(plan(architecture), request).step, 5U);
    request.until = 19;  // within the long sequences
    EXPECT_EQ(resume_training(request, {}).step, 19U);
    EXPECT_NE(weights(whole), weights(parts));
    EXPECT_EQ(resume_training(into(parts), {}).step, 24U);
    EXPECT_EQ(weights(whole), weights(parts)) << architecture;
  }
}

TEST_F(Training, LearnsTokensOfItsOwn) {
  TrainingPlan tokens = plan();
  tokens.bpe = 280;
  begin_training(tokens, into("tokens"));
  const LoadedLm loaded = load_lm(folder_ / "tokens");
  ASSERT_NE(loaded.tokenizer, nullptr);
  EXPECT_LE(loaded.tokenizer->size(), 280U);
  TrainingPlan given = plan();
  given.tokenizer = folder_ / "tokens";
  begin_training(given, into("given"));
  EXPECT_EQ(weights("given"), weights("tokens"));
}

TEST_F(Training, RefusesAFolderThatHoldsARun) {
  begin_training(plan(), into("run"));
  const Bytes before = weights("run");
  EXPECT_THAT(complaint([&] { begin_training(plan(), into("run")); }), HasSubstr("resume it"));
  EXPECT_EQ(weights("run"), before);
}

TEST_F(Training, GoesOnWithNothingButItsOwnTexts) {
  TrainingRequest request = into("run");
  request.until = 3;
  begin_training(plan(), request);
  write_file(folder_ / "text", read_file(folder_ / "run/model.safetensors"));
  EXPECT_THAT(complaint([&] { (void)resume_training(into("run"), {}); }),
              HasSubstr("not what they were"));
  EXPECT_THAT(complaint([&] { (void)resume_training(into("none"), {}); }),
              HasSubstr("no run to go on with"));
}

TEST_F(Training, SaysWhatItCantRead) {
  TrainingPlan missing = plan();
  missing.files = {folder_ / "missing"};
  EXPECT_THAT(complaint([&] { begin_training(missing, into("a")); }), HasSubstr("missing"));
  TrainingPlan long_context = plan();
  long_context.model.context_length = 1 << 14;
  long_context.batch = 1 << 14;
  EXPECT_THAT(complaint([&] { begin_training(long_context, into("b")); }),
              HasSubstr("context length"));
  EXPECT_THAT(complaint([&] { begin_training(plan(), into("text/inside")); }), HasSubstr("text"));
}

TEST_F(Training, SaysThatThereIsNoGpu) {
  if (at::hasCUDA()) GTEST_SKIP() << "there is one";
  TrainingRequest request = into("cuda");
  request.device = "cuda";
  EXPECT_THAT(complaint([&] { begin_training(plan(), request); }), HasSubstr("device cpu"));
}

TEST_F(Training, SaysWhenItDiverged) {
  TrainingPlan wild = plan();
  wild.learning_rate = 1e30;
  wild.warm_up = 0;
  EXPECT_THAT(complaint([&] { begin_training(wild, into("wild")); }),
              HasSubstr("lower learning rate"));
}

TEST_F(Training, DrawsItsCurve) {
  begin_training(plan(), into("run"));
  const Bytes svg = read_file(folder_ / "run/curve.svg");
  EXPECT_THAT(std::string(as_chars(svg)), HasSubstr("step 24 of 24"));
  EXPECT_EQ(load_run(folder_ / "run").curve.size(), 4U);  // after 7, 14, 21 and 24 steps
}

}  // namespace
}  // namespace zipdream
