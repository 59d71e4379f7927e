// SPDX-License-Identifier: Apache-2.0
#include "models/mix/mix.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codecs/common/predictors.h"
#include "models/mix/average.h"
#include "models/mix/logistic_mixture.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::unique_ptr<Predictor> make_member(const Spec& member, const PredictorOptions& options) {
  auto predictor = make_predictor(member, member_options(member, options));
  if (is_bytewise(*predictor)) return predictor;
  throw Error(Error::Kind::kUsage, member.text(), "chooses among tokens, and a mixture among bytes",
              fmt::format("take bytes:{} in its place", member.text()));
}

std::vector<std::unique_ptr<Predictor>> make_members(const Spec& spec,
                                                     const PredictorOptions& options) {
  std::vector<std::unique_ptr<Predictor>> members;
  for (const Spec& member : spec.inner()) members.push_back(make_member(member, options));
  return members;
}

std::unique_ptr<Predictor> make_mix(const Spec& spec, const PredictorOptions& options) {
  return make_logistic_mixture(make_members(spec, options));
}

std::unique_ptr<Predictor> make_avg(const Spec& spec, const PredictorOptions& options) {
  const std::uint64_t share = spec.number("share");
  return make_average(make_members(spec, options), share == 0 ? 0 : 1 / static_cast<double>(share));
}

constexpr OptionInfo kAvgOptions[] = {
    {.key = "share",
     .min = 0,
     .max = 1'000'000,
     .fallback = "50",
     .summary = "after each byte 1/share of the trust goes to all alike; 0: none, Bayes' rule"}};

}  // namespace

constinit const ModelInfo kMix{.name = "mix",
                               .summary = "several models, mixed bit by bit by who is right",
                               .inner = ModelInfo::Inner::kList,
                               .example = "mix:ppm:6+gzip:9",
                               .make_predictor = make_mix};

constinit const ModelInfo kAvg{.name = "avg",
                               .summary = "the average of several models, by Bayes' rule",
                               .options = kAvgOptions,
                               .inner = ModelInfo::Inner::kList,
                               .example = "avg:ppm:6+gzip:9",
                               .make_predictor = make_avg};

}  // namespace zipdream
