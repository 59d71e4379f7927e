// SPDX-License-Identifier: Apache-2.0
// Pages from their parts, and the page of a report.
#include "experiments/report/page.h"

#include <nlohmann/json.hpp>

#include "experiments/report/report.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

Json chart_json(const ReportChart& chart) {
  Json json = {{"title", chart.title},
               {"kind", chart.kind == ReportChart::Kind::kBars ? "bars" : "lines"},
               {"x_title", chart.x_title},
               {"y_title", chart.y_title},
               {"x_is_logarithmic", chart.x_is_logarithmic},
               {"labels", chart.labels},
               {"note", chart.note},
               {"series", Json::array()}};
  for (const ReportSeries& series : chart.series) {
    Json points = Json::array();
    for (const ReportPoint& point : series.points) {
      points.push_back({point.x, point.y, point.error ? Json(*point.error) : Json()});
    }
    json["series"].push_back({{"name", series.name}, {"points", std::move(points)}});
  }
  return json;
}

}  // namespace

std::string fill_page(std::string_view content, std::string_view script, std::string_view data) {
  const auto part = [&](std::string_view name) {
    if (name == "style") return kPageStyle;
    if (name == "chart") return kChartJs;
    if (name == "content") return content;
    return name == "script" ? script : data;
  };
  std::string filled;
  std::string_view page = kPageFrame;
  while (true) {
    const std::size_t begin = page.find("{{");
    if (begin == std::string_view::npos) return filled.append(page);
    const std::size_t end = page.find("}}", begin);
    filled.append(page.substr(0, begin));
    filled.append(part(page.substr(begin + 2, end - begin - 2)));
    page.remove_prefix(end + 2);
  }
}

std::string script_safe(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";  // within a JSON string, the only place where it can stand
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string report_page(const Report& report) {
  Json json = {{"experiment", report.experiment}, {"subject", report.subject}};
  json["tables"] = Json::array();
  for (const ReportTable& table : report.tables) {
    json["tables"].push_back({{"title", table.title},
                              {"columns", table.columns},
                              {"rows", table.rows},
                              {"notes", table.notes}});
  }
  json["charts"] = Json::array();
  for (const ReportChart& chart : report.charts) json["charts"].push_back(chart_json(chart));
  json["origin"] = Json::array();
  for (const auto& [name, value] : report.origin) json["origin"].push_back({name, value});
  const std::string data = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fill_page(kReportHtml, kReportScript, script_safe(data));
}

}  // namespace zipdream
