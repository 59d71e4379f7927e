// SPDX-License-Identifier: Apache-2.0
#include "models/residual/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "media/media.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using NamedKind = std::pair<std::string_view, SignalPredictorKind>;
constexpr auto kKinds = std::to_array<NamedKind>({{"left", SignalPredictorKind::kLeft},
                                                  {"up", SignalPredictorKind::kUp},
                                                  {"average", SignalPredictorKind::kAverage},
                                                  {"paeth", SignalPredictorKind::kPaeth},
                                                  {"med", SignalPredictorKind::kMed},
                                                  {"line", SignalPredictorKind::kLinear2},
                                                  {"lpc", SignalPredictorKind::kLpc}});

}  // namespace

ResidualOptions residual_options(const Spec& spec) {
  const std::string kind = spec.get("kind");
  const auto* const found = std::find_if(
      kKinds.begin(), kKinds.end(), [&](const NamedKind& named) { return named.first == kind; });
  const ResidualOptions options{.kind = found->second,
                                .width = spec.number("width"),
                                .channels = spec.number("channels"),
                                .format = sample_format(spec.get("format"))};
  if (needs_rows(options.kind) && options.width == 0) {
    throw Error(Error::Kind::kUsage, spec.text(), "which pixels lie above others?",
                fmt::format("say residual:{},width=W:MODEL, or continue an image by rows that are "
                            "joint or whose top is given",
                            kind));
  }
  return options;
}

bool needs_rows(SignalPredictorKind kind) {
  return kind == SignalPredictorKind::kUp || kind == SignalPredictorKind::kAverage ||
         kind == SignalPredictorKind::kPaeth || kind == SignalPredictorKind::kMed;
}

}  // namespace zipdream
