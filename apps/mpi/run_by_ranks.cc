// SPDX-License-Identifier: Apache-2.0
// The talk of rank 0 and another, R:
//   R: kHello               what R is (hello.h)
//   0: kTellContents        to one rank of those that see the same files, others than rank 0's
//   R: kContents            digests of these
//   R: kReady               gives R something to do
//   0: kTask                R: kLine for each result, then kReady
//   R: kError               R can't go on, at any time
//   0: kStop                at the end, and when any rank can't go on
//   R: kBye                 the last that R says
#include "apps/mpi/run_by_ranks.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apps/mpi/hello.h"
#include "apps/mpi/run_progress.h"
#include "base/output_file.h"
#include "base/process.h"
#include "experiments/rates/deal.h"
#include "experiments/rates/measure.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

enum Kind : int { kHello, kTellContents, kContents, kReady, kTask, kLine, kError, kStop, kBye };

// Thrown on a rank that rank 0 told to stop.
class Stopped : public std::exception {};

// ---- Rank 0 ----

class Rank0 {
 public:
  Rank0(const Ranks& ranks, const Plan& plan, const RunOptions& options, RunResults& results,
        LineFile* record)
      : ranks_(ranks),
        plan_(plan),
        costs_(seconds_per_byte(plan)),
        dealer_(plan, results, record, static_cast<std::size_t>(ranks.count()), costs_),
        progress_(std::string(experiment_name(plan.spec.experiment)), ranks.count(), options) {}

  void run() {
    check_ranks();
    std::thread own([this] { work(); });
    try {
      deal();
    } catch (...) {
      is_stopped_ = true;
      own.join();
      throw;
    }
    own.join();
    if (own_error_) std::rethrow_exception(own_error_);
    progress_.finish(dealer_.progress());
  }

 private:
  // The next message of that kind; who is ready meanwhile has to wait.
  [[nodiscard]] Ranks::Message wait_for(Kind kind) {
    while (true) {
      Ranks::Message message = ranks_.wait();
      if (message.kind == kind) return message;
      if (message.kind == kReady) waiting_.push_back(message.from);
      if (message.kind == kError) throw Error(error_of(message));
    }
  }

  [[nodiscard]] static std::string error_of(const Ranks::Message& message) {
    return fmt::format("rank {}: {}", message.from, message.text);
  }

  // Throws Error when not all ranks have the same program, models and data.
  void check_ranks() {
    const Hello own = hello_of(plan_, ranks_.host());
    std::set<std::pair<std::string, std::string>> seen = {{own.host, own.files}};
    std::vector<std::string> hosts(static_cast<std::size_t>(ranks_.count()));
    std::vector<int> asked;
    for (int i = 1; i < ranks_.count(); ++i) {
      const Ranks::Message message = wait_for(kHello);
      const Hello hello = parse_hello(message.text);
      check_same(own, hello, message.from);
      hosts[static_cast<std::size_t>(message.from)] = hello.host;
      if (seen.emplace(hello.host, hello.files).second) asked.push_back(message.from);
    }
    // All in parallel: rank 0 has as much to read as they have.
    for (const int rank : asked) ranks_.send(rank, kTellContents);
    const std::string contents = asked.empty() ? "" : contents_line(plan_);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Ranks::Message message = wait_for(kContents);
      check_same_contents(plan_, contents, message.text, message.from,
                          hosts[static_cast<std::size_t>(message.from)]);
    }
  }

  void deal() {
    std::size_t busy = static_cast<std::size_t>(ranks_.count()) - 1;
    for (const int rank : std::exchange(waiting_, {})) busy -= answer(rank) ? 0 : 1;
    for (std::chrono::microseconds pause(20); (busy > 0 || is_working_) && !has_failed_;) {
      check_interrupt();
      const auto message = ranks_.poll();
      if (!message) {
        // A core is for those that measure, and this one's is that of work().
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::microseconds(1000));
        continue;
      }
      pause = std::chrono::microseconds(20);
      if (message->kind == kError) throw Error(error_of(*message));
      if (message->kind == kLine) take(message->text, fmt::format("rank {}", message->from));
      if (message->kind == kReady && !answer(message->from)) --busy;
    }
  }

  // Whether there was a task for it.
  bool answer(int rank) {
    const auto task = next();
    if (task) ranks_.send(rank, kTask, task_line(*task));
    return task.has_value();
  }

  std::optional<Task> next() {
    const std::scoped_lock lock(mutex_);
    return dealer_.next();
  }

  void take(std::string_view line, const std::string& where) {
    const std::scoped_lock lock(mutex_);
    dealer_.take(line, where);
    progress_.show(dealer_.progress());
  }

  // Rank 0's own share.
  void work() {
    try {
      const auto poll = [this] {
        if (is_stopped_) throw Stopped();
      };
      Worker worker(plan_, poll);
      while (const auto task = next()) {
        poll();
        worker.work(*task, [this](const std::string& line) { take(line, "rank 0"); });
      }
    } catch (...) {
      own_error_ = std::current_exception();
      has_failed_ = true;
    }
    is_working_ = false;
  }

  const Ranks& ranks_;
  const Plan& plan_;
  std::vector<double> costs_;
  std::mutex mutex_;  // of the dealer and its progress
  Dealer dealer_;
  RunProgress progress_;
  std::vector<int> waiting_;  // ranks that were ready too early
  std::exception_ptr own_error_;
  std::atomic<bool> is_working_ = true;
  std::atomic<bool> has_failed_ = false;
  std::atomic<bool> is_stopped_ = false;
};

// ---- The others ----

void serve(const Ranks& ranks, const RunRequest& request) {
  const Plan plan = make_plan(request);
  ranks.send(0, kHello, hello_line(hello_of(plan, ranks.host())));
  const auto stop_if_told = [&ranks] {
    check_interrupt();
    const auto message = ranks.poll();
    if (message && message->kind == kStop) throw Stopped();
  };
  Worker worker(plan, stop_if_told);
  ranks.send(0, kReady);
  while (true) {
    const Ranks::Message message = ranks.wait();
    if (message.kind == kStop) return ranks.send(0, kBye);
    if (message.kind == kTellContents) ranks.send(0, kContents, contents_line(plan));
    if (message.kind != kTask) continue;
    const Task task = parse_task(message.text, plan.spec);
    worker.work(task, [&ranks](const std::string& line) { ranks.send(0, kLine, line); });
    ranks.send(0, kReady);
  }
}

}  // namespace

std::optional<RunResults> run_by_ranks(const Ranks& ranks, const RunRequest& request) {
  if (request.run.shards > 1) {
    throw Error::of_option("shard", "", "the ranks share the work themselves", "leave it out");
  }
  if (ranks.rank() > 0) {
    try {
      serve(ranks, request);
    } catch (const Stopped&) {
      ranks.send(0, kBye);
    }
    return std::nullopt;
  }
  const Plan plan = make_plan(request);
  RunResults results(plan.spec);
  const std::unique_ptr<LineFile> record = open_record(request.run.record, results);
  Rank0(ranks, plan, request.run, results, record.get()).run();
  end_run(ranks, "");
  return results;
}

void end_run(const Ranks& ranks, const std::string& why) {
  if (ranks.rank() > 0) {
    ranks.send(0, kError, why);
    while (ranks.wait().kind != kStop) continue;
    return ranks.send(0, kBye);
  }
  for (int rank = 1; rank < ranks.count(); ++rank) ranks.send(rank, kStop);
  for (int left = ranks.count() - 1; left > 0;) left -= ranks.wait().kind == kBye ? 1 : 0;
}

}  // namespace zipdream
