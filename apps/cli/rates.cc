// SPDX-License-Identifier: Apache-2.0
// `zipdream rates`: compression rates of models on data sets, the paper's Table 1.
#include <memory>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Compression rates of models on data sets, chunk by chunk and whole: Table 1 of the paper.";

constexpr const char* kExamples = R"(
  zipdream rates gzip:9 xz:6 ppm:6 --data samples/text.txt --chunk 2048,whole
  zipdream rates gzip:9 png:9 flac:8 --data samples/image.png samples/sound.wav random:64K
  zipdream rates gzip:9 xz:6 zstd:19 --data enwik9 --record run.jsonl   # goes on after a kill
  zipdream rates gzip:9 ppm:6 cm --data samples/text.txt --prove
  zipdream rates lm:DIR@1/40 ppm:6 --data enwik8 'imagenet=photos/*.jpg' --html page.html
)";

}  // namespace

Command add_rates(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("rates", kSummary, kExamples);
  auto options = std::make_shared<ExperimentOptions>();
  add_experiment_options(args, *options, ChunkKinds::kSizesAndWhole);
  add_prove_option(args, *options);
  return {&args, [options, argv] {
            return run_experiment(*options, request_of(*options, Experiment::kRates), argv);
          }};
}

}  // namespace zipdream
