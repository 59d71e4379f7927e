// SPDX-License-Identifier: Apache-2.0
// compare() and rates().
#include <pybind11/stl.h>

#include <algorithm>
#include <utility>

#include "apps/python/parts-inl.h"
#include "experiments/report/comparison_report.h"
#include "experiments/surprisal_trace.h"

namespace zipdream::python {
namespace {

// A comparison with what it takes to show it.
struct Compared {
  std::unique_ptr<MediaJob> job;
  Origin origin;
  Comparison comparison;

  [[nodiscard]] ComparisonReport report() const { return {*job, comparison, origin}; }
};

Compared compare_texts(const CompareRequest& request, std::string call) {
  Compared compared;
  compared.comparison = compare(request);
  compared.origin = {.version = version(),
                     .command = std::move(call),
                     .input = file_facts("prompt", request.prompt),
                     .corpus = std::nullopt};
  if (!request.model.corpus.empty()) {
    compared.origin.corpus = file_facts("corpus", request.model.corpus);
  }
  Bytes scored = request.reference;
  scored.resize(std::min(request.count, scored.size()));
  compared.job = make_text_job(request.prompt, request.count, std::move(scored));
  return compared;
}

void define_comparison(py::module_& module) {
  py::class_<Compared>(module, "Compared")
      .def("json", [](const Compared& compared) { return comparison_json(compared.report()); })
      .def("table", [](const Compared& compared) { return comparison_table(compared.report()); })
      .def("page", [](const Compared& compared) { return comparison_page(compared.report()); });
  module.def("_compare", [](const std::vector<py::object>& models, const py::buffer& prompt,
                            const py::buffer& reference, std::size_t count, std::size_t samples,
                            std::uint64_t seed, bool progress, const std::string& call,
                            const py::dict& options) {
    CompareRequest request{.prompt = bytes_of(prompt),
                           .reference = bytes_of(reference),
                           .count = count,
                           .samples = samples,
                           .seed = seed,
                           .show_progress = progress};
    const std::vector<NamedModel> named = named_models(models, named_variant);
    for (const NamedModel& model : named) request.models.push_back(model.spec);
    read_options(options, request.model, request.method);
    return released([&] { return compare_texts(request, call); });
  });
}

py::dict to_python(const RatesRow& row) {
  py::dict dict;
  dict["model"] = row.model;
  dict["data"] = row.data;
  dict["whole"] = row.whole;
  dict["every"] = row.every;
  dict["parameters"] = row.parameters;
  dict["chunks"] = row.chunks;
  dict["bytes"] = row.bytes;
  dict["rate"] = row.rate;
  dict["standard_error"] = row.standard_error;
  dict["adjusted_rate"] = row.adjusted_rate;
  dict["proven"] = row.proven;
  dict["seconds"] = row.seconds;
  dict["published"] = py::none();
  if (row.published) {
    py::dict published;
    published["rate"] = row.published->rate;
    published["model"] = row.published->model;
    published["data"] = row.published->data;
    published["source"] = row.published->source;
    dict["published"] = published;
  }
  return dict;
}

py::dict to_python(const RatesResult& result) {
  py::list rows, failures;
  for (const RatesRow& row : result.rows) rows.append(to_python(row));
  for (const RatesFailure& failure : result.failures) {
    py::dict dict;
    dict["item"] = failure.item;
    dict["reason"] = failure.reason;
    failures.append(dict);
  }
  py::dict dict;
  dict["rows"] = rows;
  dict["notes"] = result.notes;
  dict["failures"] = failures;
  return dict;
}

Protocol protocol_of(const std::string& name) {
  if (name == "bytes") return Protocol::kBytes;
  if (name == "7bit") return Protocol::kSevenBits;
  throw Error::of_option("protocol", name, "is none", "take bytes or 7bit");
}

std::optional<Media> media_of(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  for (const Media media : {Media::kText, Media::kImage, Media::kAudio}) {
    if (media_name(media) == *name) return media;
  }
  throw Error::of_option("media", *name, "is none", "take text, image or audio");
}

}  // namespace

void define_experiments(py::module_& module) {
  define_comparison(module);
  module.def("_rates", [](const std::vector<py::object>& models, std::vector<std::string> data,
                          std::size_t chunk, bool chunked, bool whole, const std::string& protocol,
                          bool headers_once, const std::optional<std::string>& media,
                          std::uint64_t prove_every, std::string record, bool progress) {
    RatesRequest request{.data = std::move(data),
                         .media = media_of(media),
                         .chunk = chunk,
                         .chunked = chunked,
                         .whole = whole,
                         .protocol = protocol_of(protocol),
                         .headers_once = headers_once,
                         .prove_every = prove_every,
                         .run = {.record = std::move(record), .show_progress = progress}};
    const std::vector<NamedModel> named = named_models(models, named_model);
    for (const NamedModel& model : named) request.models.push_back(model.spec);
    return to_python(released([&] { return rates(request); }));
  });
  // Texts are coloured in these steps everywhere: bounds in bits, and a colour more than bounds.
  py::list colors;
  for (const HeatColor& color : kHeatColors) {
    colors.append(py::make_tuple(color.red, color.green, color.blue));
  }
  module.attr("heat_bounds") = std::vector<double>(kHeatBounds.begin(), kHeatBounds.end());
  module.attr("heat_colors") = colors;
}

}  // namespace zipdream::python
