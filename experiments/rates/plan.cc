// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "experiments/data/known.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// The 40 of "lm:DIR@1/40"; takes it off.
std::uint64_t take_share(Spec& spec) {
  if (spec.suffix().empty()) return 1;
  const std::string text = spec.text();
  const std::string share = spec.suffix();
  spec.set_suffix("");
  std::uint64_t every = 0;
  const char* const end = share.data() + share.size();
  if (share.starts_with("1/")) {
    const auto [rest, error] = std::from_chars(share.data() + 2, end, every);
    if (rest == end && error == std::errc() && every > 0) return every;
  }
  throw Error(Error::Kind::kUsage, text, fmt::format("'{}' is no share of the chunks", share),
              fmt::format("try {}@1/40", spec.text()));
}

void add_model(const std::string& word, Plan& plan) {
  Spec spec = Spec::parse(word);
  const std::uint64_t every = take_share(spec);
  auto model = std::make_unique<RateModel>(spec);
  plan.facts.rows.push_back({.spec = model->spec(),
                             .every = every,
                             .is_codec = model->is_codec(),
                             .parameters = model->parameter_count(),
                             .header_bits = model->header_bits()});
  plan.models.push_back(std::move(model));
}

void add_data(DataSet data, Plan& plan) {
  const Known known = recognise(data);
  plan.facts.columns.push_back({.name = data.name,
                                .media = data.media,
                                .items = data.item_count(),
                                .stored_bytes = data.stored_bytes(),
                                .size = data.limit == UINT64_MAX ? 0 : data.limit,
                                .fingerprint = data.fingerprint(),
                                .known = known.column,
                                .known_by = known.by});
  plan.data.push_back(std::move(data));
}

// The beginnings of a data set, of those sizes as far as there is so much.
void add_starts(const DataSet& data, std::span<const std::uint64_t> sizes, Plan& plan) {
  if (data.media != Media::kText) {
    throw usage_error(
        fmt::format("{}: scaling cuts data sets to sizes, which images and sounds "
                    "can't be; have it read as text, or name a text",
                    data.name));
  }
  const std::uint64_t all = data.stored_bytes();
  std::uint64_t last = 0;
  for (const std::uint64_t size : sizes) {
    plan.facts.lengths.push_back(size);
    DataSet start = data;
    start.limit = std::min(size, all);
    if (start.limit == last) continue;
    last = start.limit;
    add_data(std::move(start), plan);
  }
}

}  // namespace

std::vector<std::size_t> curve_lengths(std::size_t chunk) {
  std::vector<std::size_t> lengths;
  for (std::size_t length = 16; length < chunk; length *= 2) {
    lengths.push_back(length);
    if (length / 2 * 3 < chunk) lengths.push_back(length / 2 * 3);
  }
  lengths.push_back(chunk);
  return lengths;
}

Plan make_plan(const RunRequest& request) {
  Plan plan;
  RunFacts& facts = plan.facts;
  facts = {.version = request.version,
           .experiment = request.experiment,
           .chunk = request.chunk,
           .chunked = request.chunked,
           .whole = request.whole,
           .protocol = request.protocol,
           .headers_once = request.headers_once};
  for (const std::string& word : request.models) add_model(word, plan);
  for (const std::string& word : request.data) {
    DataSet data = find_data_set(word, request.media);
    if (request.experiment == Experiment::kScaling) {
      if (request.data.size() > 1) throw usage_error("scaling: takes one data set; name one");
      add_starts(data, request.sizes, plan);
    } else {
      add_data(std::move(data), plan);
    }
  }
  if (request.experiment == Experiment::kInContext) facts.lengths = curve_lengths(request.chunk);
  for (const auto& [library, version] : library_versions()) {
    facts.libraries.emplace_back(library, version);
  }
  return plan;
}

}  // namespace zipdream
