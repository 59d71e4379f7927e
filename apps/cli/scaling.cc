// SPDX-License-Identifier: Apache-2.0
// `zipdream scaling`: when more parameters pay for themselves, the paper's section 3.3.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "base/sizes.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Adjusted rate against the size of the model, for several sizes of a data set; marks the best.";

constexpr const char* kExamples = R"(
  zipdream scaling lm:SMALL lm:MEDIUM lm:LARGE --data enwik8 --sizes 1e7,1e8,1e9 --html scaling.html
  zipdream scaling ppm:4 ppm:6 cm --data samples/text.txt --sizes 1K,2K,4K
)";

std::vector<std::uint64_t> parse_sizes(const std::vector<std::string>& words) {
  std::vector<std::uint64_t> sizes;
  for (const std::string& word : words) {
    const auto size = parse_size(word);
    if (!size || *size == 0) {
      throw usage_error(
          fmt::format("--sizes {}: is no number of bytes; try 1e6,1e7,1e8 or 1M,10M", word));
    }
    sizes.push_back(*size);
  }
  std::ranges::sort(sizes);
  return sizes;
}

}  // namespace

Command add_scaling(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("scaling", kSummary, kExamples);
  auto options = std::make_shared<ExperimentOptions>();
  auto sizes = std::make_shared<std::vector<std::string>>(
      std::vector<std::string>{"1e6", "1e7", "1e8", "1e9"});
  add_experiment_options(args, *options, ChunkKinds::kSizes);
  args.add("--sizes", sizes.get(),
           "Bytes of the data set that are taken; of sizes beyond it the rate is that of all "
           "there is")
      .split_at_commas()
      .counts_bytes()
      .type("N,...")
      .shows_default()
      .group("Data");
  return {&args, [options, sizes, argv] {
            RunRequest request = request_of(*options, Experiment::kScaling);
            if (request.whole) {
              throw usage_error("--chunk whole: scaling is of chunks; give a number of bytes");
            }
            request.sizes = parse_sizes(*sizes);
            return run_experiment(*options, request, argv);
          }};
}

}  // namespace zipdream
