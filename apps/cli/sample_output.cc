// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/sample_output.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "apps/cli/load.h"
#include "base/terminal.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

constexpr const char* kHighlight = "\x1b[1;36m";
constexpr const char* kPlain = "\x1b[0m";

}  // namespace

TextStream::TextStream()
    : output_("-", OutputFile::Existing::kReplace),
      terminal_(stdout_is_terminal()),
      color_(stdout_wants_color()) {}

void TextStream::prompt(ByteView bytes) { show(bytes, false); }

void TextStream::generated(ByteView bytes) { show(bytes, true); }

void TextStream::finish() {
  if (terminal_) output_.write(as_bytes(text_.finish() + "\n"));
}

void TextStream::show(ByteView bytes, bool highlighted) {
  if (!terminal_) return output_.write(bytes);
  const std::string shown = text_.add(bytes);
  output_.write(
      as_bytes(highlighted && color_ ? fmt::format("{}{}{}", kHighlight, shown, kPlain) : shown));
}

std::vector<Judge> load_judges(std::span<const std::string> specs, const ModelOptions& generating,
                               const MediaJob& job, const Bytes& corpus) {
  if (specs.empty()) return {};
  std::vector<Spec> models;
  models.reserve(specs.size());
  for (const std::string& spec : specs) models.push_back(parse_model(spec));
  std::vector<Judge> judges = load_judges(models, with_corpus(generating, corpus), job);
  for (const Judge& judge : judges) {
    if (generating.verbose) tell_how(judge.spec, judge.probs, judge.predictor->describe());
  }
  return judges;
}

OnJudged judging_bars(bool quiet) {
  return [quiet](const Judge& judge, std::size_t bytes) {
    const auto bar = std::make_shared<Progress>("judge " + judge.model, bytes, "bytes", quiet);
    return [bar](double /*bits*/) { bar->add(); };
  };
}

std::string stats_table(const SampleStats& stats) {
  const SampleMetrics& metrics = stats.metrics;
  std::string table;
  const auto row = [&](std::string_view name, const std::string& value) {
    table += fmt::format("  {:<18}{:>12}\n", name, value);
  };
  const auto percent = [](double share) { return fmt::format("{:.1f} %", 100 * share); };
  row("longest copy", fmt::format("{} bytes", metrics.longest_copied_run));
  row(fmt::format("copied, {}+ bytes", kLongRun), percent(metrics.copied_share));
  row(fmt::format("looped, {}+ bytes", kLongRun), percent(metrics.repeated_share));
  row("distinct 4-grams", metrics.distinct_4grams ? percent(*metrics.distinct_4grams) : "-");
  for (const Judgement& judgement : stats.judgements) {
    row("judge " + terminal_line(judgement.model),
        judgement.bits_per_byte ? fmt::format("{:.3f} bpb", *judgement.bits_per_byte) : "-");
  }
  return table;
}

}  // namespace zipdream
