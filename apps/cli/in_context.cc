// SPDX-License-Identifier: Apache-2.0
// `zipdream in-context`: how a model gets better along a chunk, the paper's section 3.5.
#include <memory>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Compression rate against the position in a chunk, with confidence bands over chunks.";

constexpr const char* kExamples = R"(
  zipdream in-context gzip:9 ppm:6 cm --data samples/text.txt
  zipdream in-context gzip:9 xz:6 lm:DIR@1/20 --data enwik8 --html curves.html
)";

}  // namespace

Command add_in_context(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("in-context", kSummary, kExamples);
  auto options = std::make_shared<ExperimentOptions>();
  add_experiment_options(args, *options, ChunkKinds::kSizes);
  return {&args, [options, argv] {
            const RunRequest request = request_of(*options, Experiment::kInContext);
            if (request.whole) {
              throw usage_error("--chunk whole: a curve is of chunks; give a number of bytes");
            }
            return run_experiment(*options, request, argv);
          }};
}

}  // namespace zipdream
