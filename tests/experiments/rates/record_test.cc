// SPDX-License-Identifier: Apache-2.0
// Whatever a record is written with, it is read with: random specs and results, names of any bytes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "experiments/rates/run_results.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

std::string random_name(Rng& rng) {
  std::string name(rng.next() % 20, ' ');
  for (char& c : name) c = static_cast<char>(rng.next());
  return name;
}

// Now and then the largest that there is.
std::uint64_t random_number(Rng& rng) {
  return rng.next() % 4 == 0 ? UINT64_MAX : rng.next() >> rng.next() % 64;
}

RunSpec random_spec(Rng& rng) {
  RunSpec spec;
  spec.version = random_name(rng);
  spec.experiment = static_cast<Experiment>(rng.next() % 3);
  spec.chunk = 1 + rng.next() % kMaxChunk;
  spec.chunked = rng.next() % 2 == 0;
  spec.whole = rng.next() % 2 == 0;
  spec.protocol = rng.next() % 2 == 0 ? Protocol::kBytes : Protocol::kSevenBits;
  spec.headers_once = rng.next() % 2 == 0;
  for (std::uint64_t i = rng.next() % 4; i > 0; --i) spec.lengths.push_back(random_number(rng));
  for (std::uint64_t i = 1 + rng.next() % 3; i > 0; --i) {
    spec.models.push_back({.spec = random_name(rng),
                           .every = 1 + rng.next() % 100,
                           .is_codec = rng.next() % 2 == 0,
                           .parameters = random_number(rng),
                           .header_bits = random_number(rng)});
    spec.data_sets.push_back({.name = random_name(rng),
                              .media = static_cast<Media>(rng.next() % 3),
                              .items = 1 + rng.next() % 1000,
                              .stored_bytes = random_number(rng),
                              .size = random_number(rng),
                              .fingerprint = static_cast<std::uint32_t>(rng.next()),
                              .known = random_name(rng),
                              .known_by = random_name(rng)});
    spec.libraries.emplace_back("library" + std::to_string(i), random_name(rng));
  }
  return spec;
}

TEST(RunRecord, IsReadWhateverItIsWrittenWith) {
  Rng rng(1);
  for (int i = 0; i < 500; ++i) {
    const std::string line = run_spec_line(random_spec(rng));
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(run_spec_line(parse_run_spec(line, "record")), line);
  }
}

TEST(RunRecord, TakesEveryResultThatItGives) {
  Rng rng(2);
  for (int i = 0; i < 200; ++i) {
    RunSpec spec = random_spec(rng);
    if (spec.experiment == Experiment::kInContext && spec.lengths.empty()) spec.lengths = {16};
    RunResults results(spec);
    RunResults again(spec);
    const std::size_t item = rng.next() % spec.data_sets[0].items;
    const UnitKey key{0, 0, item, rng.next() % 1000};
    UnitResult result{.seconds = rng.uniform() * 1e6};
    for (std::size_t k = 0; k < sums_per_unit(spec); ++k) {
      RateSum sum;
      sum.add_chunk(kMaxChunk, 8 * kMaxChunk + 1, true);
      result.rate_sums.push_back(sum);
    }
    const std::size_t chunks = (key.unit + 1) * chunks_per_unit(spec);
    for (const std::string& line :
         {results.add_unit(key, result), results.add_item(0, item, chunks, random_number(rng)),
          results.add_whole(0, 0, {{result.rate_sums[0]}, 1}),
          results.add_failure(0, item, {random_name(rng), random_name(rng)})}) {
      EXPECT_NO_THROW(again.take(line, "record")) << line;
    }
    EXPECT_TRUE(again.has_unit(key));
  }
}

}  // namespace
}  // namespace zipdream
