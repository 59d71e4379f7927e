// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/score_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "media/terminal_text.h"

namespace zipdream {
namespace {

constexpr std::size_t kChoiceCells = 48;

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The beginning of a text in quotes.
std::string quoted(ByteView bytes, std::size_t max_bytes) {
  const bool whole = bytes.size() <= max_bytes;
  return fmt::format("'{}'{}", terminal_text(bytes.first(whole ? bytes.size() : max_bytes), true),
                     whole ? "" : "...");
}

std::string context_phrase(const ScoreReport& report) {
  return fmt::format("{} after {} bytes, by {}", report.model,
                     report.corpus_bytes + report.context_bytes, report.probs);
}

Json head_json(const ScoreReport& report) {
  return {{"model", report.model},
          {"probs", report.probs},
          {"media", report.media},
          {"corpus_bytes", report.corpus_bytes},
          {"context_bytes", report.context_bytes}};
}

void add_scored_json(const Scored& scored, bool each_byte, Json& json) {
  const auto count = static_cast<double>(scored.bytes.size());
  json["bytes"] = scored.bytes.size();
  json["bits"] = scored.total();
  json["bits_per_byte"] = scored.per_byte();
  json["own_bits"] = scored.added ? Json(*scored.added) : Json();
  json["own_bits_per_byte"] = scored.added ? Json(*scored.added / count) : Json();
  if (each_byte) json["bits_of_bytes"] = scored.bits;
}

std::string stretch_rows(const std::string& title, const std::vector<Stretch>& stretches,
                         ByteView bytes) {
  if (stretches.empty()) return "";
  std::string rows = fmt::format("\n{:<20}{:>12}{:>16}\n", title, "at byte", "bits per byte");
  for (const Stretch& stretch : stretches) {
    rows += fmt::format("{:<20}{:>12}{:>16.2f}  {}\n", "", stretch.begin, stretch.per_byte,
                        quoted(bytes.subspan(stretch.begin, stretch.size), stretch.size));
  }
  return rows;
}

}  // namespace

std::string summary_table(const ScoreReport& report) {
  const Scored& scored = report.scored.front();
  const auto count = static_cast<double>(scored.bytes.size());
  std::string table =
      fmt::format("{}: {} bytes of {}\n\n{:<20}{:>12}{:>16}\n", context_phrase(report),
                  scored.bytes.size(), report.file, "", "bits", "bits per byte");
  const auto row = [&](const char* name, double bits) {
    table += fmt::format("{:<20}{:>12.1f}{:>16.3f}\n", name, bits, bits / count);
  };
  row("the model", scored.total());
  if (scored.added) row("the codec's stream", *scored.added);
  return table;
}

std::string stretches_table(const ScoreReport& report) {
  const Scored& scored = report.scored.front();
  const Stretches stretches = find_stretches(scored.bits);
  return stretch_rows("most surprising", stretches.most, scored.bytes) +
         stretch_rows("least surprising", stretches.least, scored.bytes);
}

std::string choices_table(const ScoreReport& report) {
  const Winners winners = find_winners(report.scored);
  std::vector<std::size_t> order(report.scored.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return report.scored[i].total(); });
  std::string table =
      fmt::format("{}: {} choices, * the best\n\n", context_phrase(report), report.scored.size());
  table += fmt::format("{:>10}  {:>15} {:>7}{:>14}   {}\n", "bits", "bits per byte", "bytes",
                       "stream's bits", "choice");
  for (const std::size_t i : order) {
    const Scored& choice = report.scored[i];
    const std::string added = choice.added ? fmt::format("{:.1f}", *choice.added) : "-";
    table += fmt::format("{:>10.2f}{} {:>15.3f}{} {:>7}{:>14}   {}\n", choice.total(),
                         i == winners.by_bits ? '*' : ' ', choice.per_byte(),
                         i == winners.by_bits_per_byte ? '*' : ' ', choice.bytes.size(), added,
                         quoted(choice.bytes, kChoiceCells));
  }
  return table;
}

std::string file_json(const ScoreReport& report, bool each_byte) {
  Json json = head_json(report);
  json["file"] = report.file;
  json["interrupted"] = report.unscored_bytes > 0;
  add_scored_json(report.scored.front(), each_byte, json);
  return dump(json);
}

std::string choices_json(const ScoreReport& report, bool each_byte) {
  Json json = head_json(report);
  const Winners winners = find_winners(report.scored);
  json["best_by_bits"] = winners.by_bits;
  json["best_by_bits_per_byte"] = winners.by_bits_per_byte;
  json["choices"] = Json::array();
  for (const Scored& choice : report.scored) {
    Json row = {{"choice", terminal_text(choice.bytes)}};
    add_scored_json(choice, each_byte, row);
    json["choices"].push_back(row);
  }
  return dump(json);
}

}  // namespace zipdream
