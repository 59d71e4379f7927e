// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "apps/cli/output.h"
#include "apps/cli/score_files.h"
#include "apps/cli/serve_options.h"
#include "apps/cli/train_options.h"
#include "base/errors.h"
#include "base/process.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr std::size_t kLeastMemory = std::size_t{16} << 20;

constexpr const char* kSummary = "Turns any compressor into a generative model.";

constexpr const char* kExamples = R"(
  echo "To be, or not to be, that is the " | zipdream generate gzip:9 -n 40 --seed 1
  zipdream generate gzip:9 -f samples/image.png --temp 0.5 -o continued.png
  zipdream predict gzip:9 -p "the cat sat on the mat, the cat sat on the " --top 5
)";

constexpr const char* kMpiSummary =
    "The experiments of zipdream by all processes that mpirun starts: rank 0 deals the work, "
    "writes the record and prints.";

constexpr const char* kMpiExamples = R"(
  mpirun -n 8 zipdream-mpi rates gzip:9 cm --data samples/text.txt --record run.jsonl
  mpirun -n 8 zipdream-mpi rates gzip:9 cm --data samples/text.txt --record run.jsonl   # goes on
  mpirun -n 8 zipdream-mpi score cm books/*.txt --prove
)";

// The command that was asked for, which is one of these.
const Command& chosen(const std::vector<Command>& commands, const CommandLine::Asked& asked,
                      const std::string& program) {
  const auto command = std::ranges::find(commands, asked.command, &Command::arguments);
  if (command == commands.end()) {
    throw usage_error(fmt::format("no command; see `{} --help`", program));
  }
  return *command;
}

}  // namespace

Program::Program(std::span<char* const> argv)
    : argv_(argv), line_("zipdream", fmt::format("zipdream {}", version()), kSummary, kExamples) {
  line_.common()
      .add("--memory-limit", &memory_,
           "Memory that any command may take, 16M or more; it fails rather than take more")
      .type("SIZE")
      .is_size()
      .range(kLeastMemory, std::numeric_limits<std::size_t>::max())
      .example("2G");
  commands_ = {add_generate(line_),
               add_predict(line_),
               add_score(line_),
               add_compare(line_, argv),
               add_compress(line_),
               add_decompress(line_),
               add_test(line_),
               add_train(line_),
               add_serve(line_),
               add_rates(line_, argv),
               add_in_context(line_, argv),
               add_scaling(line_, argv),
               add_tokenization(line_, argv),
               add_merge(line_, argv),
               add_list(line_),
               add_models(line_),
               add_info(line_)};
}

int Program::run() {
  const CommandLine::Asked asked = line_.read(argv_);
  if (asked.text) {
    print(*asked.text);
    return kExitOk;
  }
  if (memory_) limit_memory(*memory_);
  return chosen(commands_, asked, "zipdream").run();
}

ProgramDescription Program::describe() const {
  ProgramDescription program = line_.describe();
  for (const CommandDescription& beside : {describe_training_options(), describe_serve_options()}) {
    const auto command =
        std::ranges::find(program.commands, beside.name, &CommandDescription::name);
    if (command != program.commands.end()) *command = beside;
  }
  return program;
}

MpiProgram::MpiProgram(std::span<char* const> argv, const Measuring& measuring)
    : argv_(argv),
      shows_(measuring.shows),
      line_("zipdream-mpi", fmt::format("zipdream-mpi {}", version()), kMpiSummary, kMpiExamples) {
  Measuring by_ranks = measuring;
  by_ranks.has_lines = true;
  commands_ = {add_rates(line_, argv, by_ranks), add_in_context(line_, argv, by_ranks),
               add_scaling(line_, argv, by_ranks), add_score_files(line_, argv, by_ranks)};
}

std::optional<int> MpiProgram::run() {
  const CommandLine::Asked asked = line_.read(argv_);
  if (asked.text) {
    if (shows_) print(*asked.text);
    return std::nullopt;
  }
  return chosen(commands_, asked, "zipdream-mpi").run();
}

}  // namespace zipdream
