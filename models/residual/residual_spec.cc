// SPDX-License-Identifier: Apache-2.0
#include "models/residual/residual_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "codecs/spec.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "residual";
constexpr std::size_t kMaxWidth = 1'000'000;
constexpr std::size_t kMaxChannels = 8;

template <typename Value>
using Names = std::pair<std::string_view, Value>;

constexpr auto kKinds = std::to_array<Names<ForecastKind>>({{"left", ForecastKind::kLeft},
                                                            {"up", ForecastKind::kUp},
                                                            {"average", ForecastKind::kAverage},
                                                            {"paeth", ForecastKind::kPaeth},
                                                            {"med", ForecastKind::kMed},
                                                            {"line", ForecastKind::kLine},
                                                            {"lpc", ForecastKind::kLpc}});
constexpr auto kFormats = std::to_array<Names<SampleFormat>>(
    {{"u8", SampleFormat::kU8}, {"mulaw", SampleFormat::kMulaw}, {"s16", SampleFormat::kS16}});

template <typename Value, std::size_t N>
const Value* find(const std::array<Names<Value>, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, &Names<Value>::first);
  return found == names.end() ? nullptr : &found->second;
}

template <typename Value, std::size_t N>
std::string_view name_of(const std::array<Names<Value>, N>& names, Value value) {
  return std::ranges::find(names, value, &Names<Value>::second)->first;
}

Error bad_spec(std::string_view text, std::string_view reason) {
  return usage_error(
      fmt::format("{0}:{1}: {2}; try {0}:med:gzip:9 for an image, {0}:lpc:gzip:9 for a sound",
                  kName, text, reason));
}

std::size_t parse_count(std::string_view number) {
  std::size_t count = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, status] = std::from_chars(number.data(), end, count);
  return rest == end && status == std::errc() ? count : 0;
}

void read_option(std::string_view text, std::string_view word, ResidualOptions& options) {
  const std::string_view key = word.substr(0, word.find('='));
  const std::string_view value = word.substr(std::min(key.size() + 1, word.size()));
  const std::size_t count = parse_count(value);
  if (key == "width") {
    if (count == 0 || count > kMaxWidth) throw bad_spec(text, "a width is 1 to 1000000");
    options.width = count;
    options.width_given = true;
  } else if (key == "channels") {
    if (count == 0 || count > kMaxChannels) throw bad_spec(text, "channels are 1 to 8");
    options.channels = count;
    options.channels_given = true;
  } else if (key == "format") {
    const auto* const format = find(kFormats, value);
    if (format == nullptr) throw bad_spec(text, "a format is u8, mulaw or s16");
    options.format = *format;
    options.format_given = true;
  } else {
    throw bad_spec(text, fmt::format("'{}' is not width=W, channels=C or format=F", word));
  }
}

}  // namespace

ResidualSpec parse_residual_spec(std::string_view text) {
  const auto [head, model] = split_spec(text);
  std::string_view rest = head;
  const auto take_word = [&rest] {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    return word;
  };
  ResidualSpec spec{.options = {}, .model = std::string(model)};
  const std::string_view name = take_word();
  const auto* const kind = find(kKinds, name);
  if (kind == nullptr) {
    throw bad_spec(text,
                   fmt::format("'{}' is none of left, up, average, paeth, med, line, lpc", name));
  }
  spec.options.kind = *kind;
  while (!rest.empty()) read_option(text, take_word(), spec.options);
  if (model.empty()) throw bad_spec(text, "of which model?");
  return spec;
}

std::string residual_spec(const ResidualSpec& spec) {
  const ResidualOptions& options = spec.options;
  std::string text = fmt::format("{}:{}", kName, name_of(kKinds, options.kind));
  if (options.width > 0) text += fmt::format(",width={}", options.width);
  if (options.channels != 1) text += fmt::format(",channels={}", options.channels);
  if (options.format != SampleFormat::kU8) {
    text += fmt::format(",format={}", name_of(kFormats, options.format));
  }
  return text + ":" + spec.model;
}

std::optional<std::string> model_within(std::string_view spec) {
  const auto [name, options] = split_spec(spec);
  if (name != kName) return std::nullopt;
  return parse_residual_spec(options).model;
}

bool needs_rows(ForecastKind kind) {
  return kind == ForecastKind::kUp || kind == ForecastKind::kAverage ||
         kind == ForecastKind::kPaeth || kind == ForecastKind::kMed;
}

void require_forecast_options(const ResidualOptions& options) {
  if (!needs_rows(options.kind) || options.width > 0) return;
  throw usage_error(fmt::format(
      "{0}:{1}: which pixels lie above others? say {0}:{1},width=W:MODEL, or continue an image "
      "with --rows joint or --given top",
      kName, name_of(kKinds, options.kind)));
}

}  // namespace zipdream
