// SPDX-License-Identifier: Apache-2.0
#include "training/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "base/files.h"
#include "models/lm/load.h"
#include "tests/temporary_folder.h"
#include "training/layout.h"
#include "training/peers.h"
#include "training/run_state.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

TEST(TrainingPlan, HasSizesThatAreWhatTheyAreCalled) {
  const auto parameters = [](const char* architecture, const char* size) {
    LmConfig config = named_model(architecture, size);
    complete_model(256, 0, config);
    return static_cast<double>(layout_of(config).size);
  };
  for (const char* architecture : {"modern", "paper"}) {
    EXPECT_NEAR(parameters(architecture, "200k"), 220e3, 30e3);
    EXPECT_NEAR(parameters(architecture, "800k"), 850e3, 60e3);
    EXPECT_NEAR(parameters(architecture, "3.2m"), 3.25e6, 0.15e6);
  }
  EXPECT_EQ(parameters("paper", "200k"), 233088);  // as the paper's own
  EXPECT_THROW((void)named_model("modern", "1t"), Error);
  EXPECT_THROW((void)named_model("ancient", "200k"), Error);
}

TEST(TrainingPlan, WarmsUpAndCools) {
  TrainingPlan plan;
  plan.steps = 1000;
  plan.warm_up = 100;
  plan.learning_rate = 1;
  plan.final_rate = 0.1;
  EXPECT_NEAR(plan.rate_at(0), 0.01, 1e-9);
  EXPECT_NEAR(plan.rate_at(99), 1, 1e-9);
  EXPECT_NEAR(plan.rate_at(550), 0.55, 1e-9);
  EXPECT_NEAR(plan.rate_at(1000), 0.1, 1e-9);
}

TEST(TrainingPlan, SharesMicroBatchesAmongAnyNumberOfRanks) {
  for (std::size_t parts = 1; parts <= 9; ++parts) {
    for (std::size_t ranks = 1; ranks <= parts; ++ranks) {
      std::size_t next = 0;
      for (std::size_t rank = 0; rank < ranks; ++rank) {
        const Share share = share_of(rank, ranks, parts);
        EXPECT_EQ(share.begin, next);
        EXPECT_LT(share.begin, share.end) << "each has one at least";
        for (next = share.begin; next < share.end; ++next) {
          EXPECT_EQ(owner_of(next, ranks, parts), rank);
        }
      }
      EXPECT_EQ(next, parts);
    }
  }
}

TEST(TrainingPlan, ComesBackFromItsRecord) {
  TrainingPlan plan;
  plan.files = {"a \"quoted\" name", "b"};
  plan.model = named_model("paper", "800k");
  plan.model.context_length = 300;
  plan.learning_rate = 0.1 + 0.2;  // every bit of it
  plan.seed = 0xFFFFFFFFFFFFFFFF;
  const TrainingPlan back = plan_from_json(to_json(plan), "record");
  EXPECT_EQ(to_json(back), to_json(plan));
  EXPECT_EQ(back.learning_rate, plan.learning_rate);
  EXPECT_EQ(back.seed, plan.seed);
  EXPECT_THROW((void)plan_from_json("{}", "record"), Error);
  EXPECT_THROW((void)plan_from_json("[1", "record"), Error);
}

TEST(TrainingPlan, ComesBackWithPathsOfAnyBytes) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) {
    TrainingPlan plan;
    plan.model = named_model("modern", "200k");
    std::string path(1 + rng.next() % 12, 'x');
    for (char& c : path) c = static_cast<char>(1 + rng.next() % 255);
    plan.files = {"text", path};
    plan.tokenizer = path;
    const TrainingPlan back = plan_from_json(to_json(plan), "record");
    EXPECT_EQ(back.files, plan.files);
    EXPECT_EQ(back.tokenizer, path);
  }
}

TEST(TrainingPlan, RefusesWhatCantBeTrained) {
  const auto complaint = [](auto change) -> std::string {
    TrainingPlan plan;
    plan.files = {"text"};
    plan.model = named_model("modern", "200k");
    change(plan);
    try {
      check_plan(plan);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint([](TrainingPlan&) {}), "");
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.files.clear(); }), HasSubstr("name files"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.model.hidden_size = 72; }),
              HasSubstr("hidden_size 72"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.model.num_heads = 64; }),
              HasSubstr("64 heads"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.model.intermediate_size = 5; }),
              HasSubstr("intermediate_size 5"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.batch = 100; }), HasSubstr("batch 100"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.micro_batches = 9; }),
              HasSubstr("micro_batches 9: must be 1 to 8"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) { plan.micro_batches = 0; }),
              HasSubstr("micro_batches 0"));
  EXPECT_THAT(complaint([](TrainingPlan& plan) {
                plan.bpe = 300;
                plan.tokenizer = "x";
              }),
              HasSubstr("choose"));
}

RunState untrained(const char* architecture) {
  RunState state;
  state.plan.files = {"text"};
  state.plan.model = named_model(architecture, "200k");
  complete_model(256, 0, state.plan.model);
  state.values = first_values(layout_of(state.plan.model), 1);
  state.first_moment.assign(state.values.size(), 0.5F);
  state.second_moment.assign(state.values.size(), 0.25F);
  state.step = 70;
  state.curve = {{50, 4, 4.5}, {70, 3, 3.5}};
  return state;
}

TEST(RunState, IsAFolderThatTheEngineLoads) {
  for (const char* architecture : {"modern", "paper"}) {
    const TemporaryFolder folder;
    const RunState state = untrained(architecture);
    save_run(folder.path(), state, layout_of(state.plan.model), "");
    const LoadedLm loaded = load_lm(folder.path());
    EXPECT_EQ(loaded.model->config().hidden_size, state.plan.model.hidden_size);
    EXPECT_EQ(loaded.model->config().head_dim, state.plan.model.head_dim);
    EXPECT_EQ(loaded.begin_of_text, 0U);
  }
}

// Whatever a run may be of, its folder is a model that the engine loads, and a run that goes on.
TEST(RunState, IsReadWhateverItsPlanIs) {
  Rng rng(4);
  int trained = 0;
  for (int i = 0; i < 60; ++i) {
    RunState state;
    state.plan.files = {"\xff text"};
    LmConfig& model = state.plan.model;
    model = named_model(rng.next() % 2 == 0 ? "modern" : "paper", "200k");
    model.hidden_size = 8 * (1 + rng.next() % 6);
    model.num_heads = 1 + rng.next() % 4;
    model.num_layers = 1 + rng.next() % 3;
    model.intermediate_size = 8 * (1 + rng.next() % 8);
    model.context_length = 1 + rng.next() % 200;
    try {  // as a run does
      check_plan(state.plan);
      complete_model(256 + rng.next() % 2, rng.next() % 256, model);
      check_config(model, "train");
    } catch (const Error&) {
      continue;
    }
    const TemporaryFolder folder;
    const Layout layout = layout_of(model);
    state.values = first_values(layout, 1);
    state.first_moment = state.second_moment = state.values;
    const auto format = static_cast<FloatFormat>(rng.next() % 3);
    save_run(folder.path(), state, layout, "", format);
    EXPECT_EQ(load_lm(folder.path()).model->config().hidden_size, model.hidden_size);
    EXPECT_EQ(load_run(folder.path()).plan.files, state.plan.files);
    ++trained;
  }
  EXPECT_GT(trained, 5);
}

TEST(RunState, ComesBackWithEveryBit) {
  const TemporaryFolder folder;
  const RunState state = untrained("modern");
  save_run(folder.path(), state, layout_of(state.plan.model), "");
  ASSERT_TRUE(has_run(folder.path()));
  const RunState back = load_run(folder.path());
  EXPECT_EQ(back.values, state.values);
  EXPECT_EQ(back.first_moment, state.first_moment);
  EXPECT_EQ(back.second_moment, state.second_moment);
  EXPECT_EQ(back.step, state.step);
  ASSERT_EQ(back.curve.size(), 2U);
  EXPECT_EQ(back.curve[1].held_out, 3.5);
}

TEST(RunState, SaysWhatIsWrongWithItsRecord) {
  const TemporaryFolder folder;
  const auto complaint = [&]() -> std::string {
    try {
      (void)load_run(folder.path());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint(), HasSubstr("no run to go on with"));
  const RunState state = untrained("modern");
  save_run(folder.path(), state, layout_of(state.plan.model), "");
  const Bytes whole = read_file(folder / "training.safetensors");
  write_file(folder / "training.safetensors", ByteView(whole).first(whole.size() / 2));
  EXPECT_THAT(complaint(), HasSubstr("whole?"));
  const std::vector<float> values = {1, 2};
  const std::array tensors = {NamedTensor{"values", {2}, values}};
  write_file(folder / "training.safetensors", write_safetensors(tensors, FloatFormat::kF32));
  EXPECT_THAT(complaint(), HasSubstr("no record of a training run"));
}

TEST(Curve, IsAPictureOfBothLines) {
  const std::string svg =
      draw_curve({{10, 4, 4.1}, {20, 3, 3.2}, {30, 2.5, 2.8}}, "200 parameters");
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("200 parameters"));
  std::size_t lines = 0;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos;
       at = svg.find("<polyline", at + 1)) {
    ++lines;
  }
  EXPECT_EQ(lines, 2U);
  EXPECT_THAT(draw_curve({}, "nothing yet"), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace zipdream
