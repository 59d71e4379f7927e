// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/score_files.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "experiments/rates/reports.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "How many bits a model takes for each file, a rank for each of them: what an arithmetic code "
    "by its probabilities takes.";
constexpr const char* kExamples = R"(
  mpirun -n 8 zipdream-mpi score cm books/*.txt --prove
  mpirun -n 8 zipdream-mpi score lm:english samples/text.txt README.md --record run.jsonl --csv
)";

struct Sum {
  std::uint64_t bytes = 0;
  std::uint64_t bits = 0;
};

std::vector<std::string> row_of(const std::string& name, const Sum& sum,
                                const std::string& proven) {
  const auto bytes = static_cast<double>(sum.bytes);
  const auto bits = static_cast<double>(sum.bits);
  return {name,
          std::to_string(sum.bytes),
          std::to_string(sum.bits),
          fmt::format("{:.4f}", bits / bytes),
          percent_text(bits / 8 / bytes),
          proven};
}

// `files` are the words that name them.
Report report_of(const RunResults& results, const std::vector<std::string>& files,
                 const std::string& model) {
  const RunSpec& spec = results.spec();
  Report report = empty_report(results);
  report.experiment = "score";
  report.subject = model;
  report.fields = {"model", "file", "bytes", "bits", "bits_per_byte", "stored", "proven"};
  ReportTable table{.title = fmt::format("Bits by {}", model),
                    .columns = {"file", "bytes", "bits", "bits per byte", "%", "proven"}};
  Sum all;
  bool is_proven = true;
  for (std::size_t i = 0; i < spec.data_sets.size(); ++i) {
    const Cell& cell = results.whole(0, i);
    if (cell.rate_sums.empty()) continue;
    const RateSum& sum = cell.rate_sums[0];
    const std::string proven = sum.stored > 0 ? "stored" : sum.proven > 0 ? "yes" : "no";
    is_proven = is_proven && sum.proven > 0;
    table.rows.push_back(row_of(files[i], {sum.bytes, sum.bits}, proven));
    report.records.push_back({model, files[i], sum.bytes, sum.bits,
                              static_cast<double>(sum.bits) / static_cast<double>(sum.bytes),
                              sum.stored > 0, sum.proven > 0});
    all.bytes += sum.bytes;
    all.bits += sum.bits;
  }
  if (table.rows.size() > 1) table.rows.push_back(row_of("all", all, is_proven ? "yes" : "no"));
  report.tables = {std::move(table)};
  return report;
}

// The model's probabilities: of a codec those of its tables, as `zipdream score` has them.
std::string model_of(const std::string& text) {
  const Spec spec = Spec::parse(text);
  if (!spec.suffix().empty()) {
    throw Error(Error::Kind::kUsage, text, "all of a file is scored", "leave out the @");
  }
  return is_codec(spec) && spec.name() != "arith" ? "arith:" + spec.text() : spec.text();
}

}  // namespace

Command add_score_files(CommandLine& line, std::span<char* const> argv,
                        const Measuring& measuring) {
  Arguments& args = line.add_command("score", kSummary, kExamples);
  auto options = std::make_shared<ExperimentOptions>();
  auto model = std::make_shared<std::string>();
  auto proves = std::make_shared<bool>(false);
  options->threads = measuring.threads;
  options->chunk = "whole";
  args.add("MODEL", model.get(), "Model (zipdream list)").required().type("").example("cm");
  args.add("FILE", &options->data, "Files, each scored as it is, byte by byte")
      .required()
      .type("")
      .example("samples/text.txt");
  args.add_flag("--prove", *proves,
                "Write each file's code, read it back and compare, each distribution checked "
                "before its symbol is read")
      .group("Data");
  add_record_options(args, *options, false);
  add_progress_option(args, *options);
  add_report_options(args, options->target);
  return {&args, [options, model, proves, argv, measuring] {
            options->models = {model_of(*model)};
            options->media = Media::kText;
            options->prove_every = *proves ? 1 : 0;
            const RunRequest request = request_of(*options, Experiment::kRates);
            const auto report = [options, model](const RunResults& results) {
              return report_of(results, options->data, *model);
            };
            return run_experiment(*options, request, argv, report, measuring);
          }};
}

}  // namespace zipdream
