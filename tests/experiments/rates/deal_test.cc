// SPDX-License-Identifier: Apache-2.0
// What is dealt to many workers is all of a run, each piece of it once.
#include "experiments/rates/deal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "experiments/rates/reports.h"
#include "experiments/rates/run.h"
#include "media/image/imaging.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

class DealTest : public testing::Test {
 protected:
  DealTest() {
    write_file(folder_ / "a.txt", text_like(140'000));
    write_file(folder_ / "b.txt", text_like(5'000, 2));
    write_file(folder_ / "empty.txt", Bytes());
    Image image{.width = 50, .height = 40, .channels = 1, .pixels = text_like(2000)};
    write_file(folder_ / "c.png", imaging().encode_png(image, 1));
    request_.models = {Spec::parse("gzip:9"), Spec::parse("xz:1"), Spec::parse("ppm:3@1/4")};
    request_.data = {folder_ / "*.txt", folder_ / "c.png", "random:40000"};
    request_.chunk = 256;
    request_.whole = true;
  }

  [[nodiscard]] static std::string table(const RunResults& results) {
    return report_json(make_report(results, {.times = false}));
  }

  // What so many workers measure who take turns. Counts the lines.
  [[nodiscard]] RunResults dealt(std::size_t workers, std::size_t* lines = nullptr) const {
    const Plan plan = make_plan(request_);
    RunResults results(plan.spec);
    const std::vector<double> costs = {1e-6, 1e-5, 1e-4};
    Dealer dealer(plan, results, nullptr, workers, costs);
    std::vector<std::unique_ptr<Worker>> crew(workers);
    for (auto& worker : crew) worker = std::make_unique<Worker>(plan);
    std::size_t turn = 0;
    while (const auto task = dealer.next()) {
      const Task same = parse_task(task_line(*task), plan.spec);
      EXPECT_EQ(same, *task);
      crew[turn++ % workers]->work(same, [&](const std::string& line) {
        if (lines != nullptr) ++*lines;
        dealer.take(line, "a worker");
      });
    }
    EXPECT_NEAR(dealer.seconds_left(), 0, 1e-6);
    return results;
  }

  TemporaryFolder folder_;
  RunRequest request_;
};

TEST_F(DealTest, WorkersMeasureWhatOneProcessDoes) {
  const std::string expected = table(run_plan(make_plan(request_), {}));
  EXPECT_EQ(table(dealt(1)), expected);
  EXPECT_EQ(table(dealt(7)), expected);
  set_thread_count(3);
  EXPECT_EQ(table(dealt(2)), expected);
  set_thread_count(0);
  EXPECT_FALSE(dealt(2).missing().has_value());
}

TEST_F(DealTest, TheBeginningsOfTextsToo) {
  request_.experiment = Experiment::kScaling;
  request_.whole = false;
  request_.data = {folder_ / "*.txt"};
  request_.sizes = {50'000, 142'000};
  EXPECT_EQ(table(dealt(3)), table(run_plan(make_plan(request_), {})));
}

TEST_F(DealTest, WhatIsKnownIsNotDealtAgain) {
  const Plan plan = make_plan(request_);
  RunResults results(plan.spec);
  const std::vector<double> costs = {1e-6, 1e-5, 1e-4};
  std::vector<std::string> lines;
  {
    Dealer dealer(plan, results, nullptr, 2, costs);
    Worker worker(plan);
    for (int i = 0; i < 5; ++i) {
      worker.work(*dealer.next(), [&](const std::string& line) {
        lines.push_back(line);
        dealer.take(line, "a worker");
      });
    }
  }
  const std::size_t first = lines.size();
  Dealer dealer(plan, results, nullptr, 2, costs);
  Worker worker(plan);
  while (const auto task = dealer.next()) {
    worker.work(*task, [&](const std::string& line) {
      lines.push_back(line);
      dealer.take(line, "a worker");
    });
  }
  std::size_t all = 0;
  static_cast<void>(dealt(1, &all));
  EXPECT_GT(first, 0U);
  EXPECT_EQ(lines.size(), all);
  EXPECT_EQ(table(results), table(dealt(1)));
}

TEST_F(DealTest, LargeTasksComeFirst) {
  const Plan plan = make_plan(request_);
  RunResults results(plan.spec);
  const std::vector<double> costs = {1e-6, 1e-5, 1e-4};
  Dealer dealer(plan, results, nullptr, 2, costs);
  const Task first = *dealer.next();
  EXPECT_TRUE(first.whole);
  EXPECT_EQ(first.models, std::vector<std::size_t>{1}) << "the slower of the two, on the most";
  EXPECT_EQ(first.data_set, 0U);
  std::size_t last_units = SIZE_MAX;
  while (const auto task = dealer.next()) {
    if (task->whole || task->data_set != 0 || task->models != std::vector<std::size_t>{2}) continue;
    EXPECT_LE(task->end - task->begin, last_units);
    last_units = task->end - task->begin;
  }
  EXPECT_EQ(last_units, 1U);
}

TEST_F(DealTest, AFileThatCannotBeReadIsAFailureOfThatFile) {
  write_file(folder_ / "d.png", as_bytes("\x89PNG\r\n\x1a\nno more"));
  request_.data = {folder_ / "*.png"};
  const RunResults results = dealt(3);
  ASSERT_EQ(results.failures().size(), 1U);
  EXPECT_THAT(results.failures()[0].item, HasSubstr("d.png"));
  EXPECT_EQ(table(results), table(run_plan(make_plan(request_), {})));
}

TEST_F(DealTest, AFileThatGrewMeanwhileIsAnError) {
  request_.data = {folder_ / "a.txt"};
  const Plan plan = make_plan(request_);
  RunResults results(plan.spec);
  const std::vector<double> costs = {1, 1, 1};
  Dealer dealer(plan, results, nullptr, 2, costs);
  write_file(folder_ / "a.txt", text_like(150'000));
  Worker worker(plan);
  const auto work = [&] {
    while (const auto task = dealer.next()) {
      worker.work(*task, [&](const std::string& line) { dealer.take(line, "rank 5"); });
    }
  };
  try {
    work();
    ADD_FAILURE() << "must not go on";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.txt: is not as long for rank 5"));
  }
}

TEST_F(DealTest, LinesThatAreNoTasksAreRefused) {
  const Plan plan = make_plan(request_);
  const std::string rest = R"("item":0,"begin":0,"end":1})";
  for (const std::string& line :
       {std::string("{"), std::string("[]"), R"({"column":9,"whole":false,"rows":[0],)" + rest,
        R"({"column":0,"whole":true,"rows":[],)" + rest,
        R"({"column":0,"whole":false,"rows":[3],)" + rest,
        R"({"column":0,"whole":"x","rows":[0],)" + rest}) {
    EXPECT_THROW(static_cast<void>(parse_task(line, plan.spec)), Error) << line;
  }
}

}  // namespace
}  // namespace zipdream
