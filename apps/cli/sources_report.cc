// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/sources_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/terminal_text.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMinPassage = 4;  // bytes; shorter ones are chance
constexpr std::size_t kMaxRows = 12;
constexpr std::size_t kShownBytes = 48;

// A position of all that was seen, in the part where it lies.
struct Place {
  const char* part;
  std::uint64_t at;
};

Place place_of(std::uint64_t at, const SourcesReport& report) {
  if (at < report.corpus_bytes) return {"corpus", at};
  at -= report.corpus_bytes;
  if (at < report.context_bytes) return {report.context, at};
  return {report.text, at - report.context_bytes};
}

std::string passage_row(const Passage& passage, const SourcesReport& report, ByteView bytes) {
  const Place place = place_of(passage.from, report);
  const ByteView all = bytes.subspan(passage.begin, passage.size);
  const ByteView shown = all.first(std::min(all.size(), kShownBytes));
  return fmt::format("{:>10}{:>8}{:>8.0f} %  {:<10}{:>10}  '{}'{}\n", passage.begin, passage.size,
                     100 * passage.copied, place.part, place.at, terminal_text(shown, true),
                     shown.size() < all.size() ? "..." : "");
}

}  // namespace

std::string sources_table(const SourcesReport& report, ByteView bytes) {
  const double copied = copied_share(report.sources);
  std::string table = fmt::format("\n{:<20}{:>12}\n", "probability from", "share");
  table += fmt::format("{:<20}{:>10.1f} %\n", "earlier bytes", 100 * copied);
  table += fmt::format("{:<20}{:>10.1f} %\n", "elsewhere", 100 * (1 - copied));
  std::vector<Passage> passages = find_passages(report.sources, kMinPassage);
  if (passages.empty()) return table;
  std::stable_sort(passages.begin(), passages.end(),
                   [](const Passage& a, const Passage& b) { return a.size > b.size; });
  passages.resize(std::min(passages.size(), kMaxRows));
  std::sort(passages.begin(), passages.end(),
            [](const Passage& a, const Passage& b) { return a.begin < b.begin; });
  table += fmt::format("\n{:>10}{:>8}{:>10}  {:<10}{:>10}  {}\n", "at byte", "bytes", "copied",
                       "from", "at byte", "passage");
  for (const Passage& passage : passages) table += passage_row(passage, report, bytes);
  return table;
}

Json sources_json(const SourcesReport& report, bool each_byte) {
  Json passages = Json::array();
  for (const Passage& passage : find_passages(report.sources, kMinPassage)) {
    passages.push_back({{"begin", passage.begin},
                        {"bytes", passage.size},
                        {"from", passage.from},
                        {"copied", passage.copied}});
  }
  Json json = {{"copied", copied_share(report.sources)}, {"passages", std::move(passages)}};
  if (!each_byte) return json;
  Json of_bytes = Json::array();
  for (const Sources& sources : report.sources) {
    Json list = Json::array();
    for (const Source& source : sources.list) {
      list.push_back(
          {{"at", source.at}, {"probability", source.probability}, {"agreeing", source.agreeing}});
    }
    of_bytes.push_back({{"probability", sources.probability},
                        {"elsewhere", sources.elsewhere},
                        {"others", sources.others},
                        {"list", std::move(list)}});
  }
  json["sources_of_bytes"] = std::move(of_bytes);
  return json;
}

}  // namespace zipdream
