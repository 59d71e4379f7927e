// SPDX-License-Identifier: Apache-2.0
// How well predictors predict: the mean of -log2 P(true next byte), in bits per byte, over
// positions spread over a file, each after the same number of bytes of context. Lower is better; 8
// is knowing nothing. Beside it:
//   own rate   what the codec itself spends: (L(x y) - L(x)) / |y| in bits, y the next 256 bytes
//              after a context x, over some of the positions
//   ms         CPU time of all threads per byte in mid-stream: append one byte, ask for the
//              distribution
//
// Usage: log_loss [--markdown] [--paired] [--seconds S] FILE CONTEXTS POSITIONS MODEL...
//   CONTEXTS   bytes of context, one number or several: 2048,30720
//   --paired   the same positions for all contexts, those that have room for the longest, so that
//              what more context is worth isn't mixed with where in the file it was asked
//   POSITIONS  at most so many for each row; with --seconds, as many as S seconds of CPU time do,
//              at least two. They come in an order drawn once for all, so fewer are no other kind.
//   MODEL      gzip:9 gives the probabilities that it gives when not told which; gzip:9/tables
//   those
//              of its coder tables; gzip:9/bits and gzip:9/bytes those of its code lengths. A codec
//              without tables has no row for them; a model that takes longer than S for its first
//              two distributions has 0 positions in its row.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "base/parallel.h"
#include "generator/score.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kOwnBytes = 256;     // |y|
constexpr std::size_t kOwnPositions = 64;  // at most
constexpr int kTimedSteps = 16;            // at most

struct Options {
  bool markdown = false;
  bool paired = false;
  double seconds = std::numeric_limits<double>::infinity();  // of CPU time, for each row
  std::string file;
  std::vector<std::size_t> contexts;
  std::size_t positions = 1;
  std::vector<std::string> models;
};

// A model as the command line writes it.
struct Model {
  Spec spec;
  PredictorOptions options;
};

struct Mean {
  double value = 0;
  double standard_error = 0;
  std::size_t count = 0;
};

std::vector<std::size_t> parse_contexts(std::string_view text) {
  std::vector<std::size_t> contexts;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const auto [rest, status] = std::from_chars(at, end, contexts.emplace_back());
    if (status != std::errc() || (rest != end && *rest != ',')) {
      throw usage_error(fmt::format("{}: must be numbers with commas between them", text));
    }
    if (rest == end) return contexts;
    at = rest + 1;
  }
}

// What spends its own rate: the codec, or an arithmetic coder by a model that is none.
std::unique_ptr<Codec> coder_of(const Spec& spec) {
  return is_codec(spec) ? make_codec(spec) : make_codec("arith:" + spec.text());
}

Model parse_model(std::string_view text) {
  Model model;
  const auto ends_with = [&](std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
  };
  if (ends_with("/bytes")) model.options.units = Units::kBytes;
  if (ends_with("/bits")) model.options.units = Units::kBits;
  if (ends_with("/tables")) model.options.probs = Probs::kTables;
  if (model.options.units) model.options.probs = Probs::kLengths;
  model.spec = Spec::parse(text);
  (void)coder_of(model.spec);  // complains of a bad spec
  return model;
}

bool lacks_tables(const Model& model) {
  return model.options.probs == Probs::kTables && model.spec.info().make_predictor == nullptr;
}

// Positions from `first` on after which at least kOwnBytes follow, spread evenly, in an order of no
// meaning.
std::vector<std::size_t> draw_positions(std::size_t size, std::size_t first, std::size_t count) {
  std::vector<std::size_t> positions(count);
  const std::size_t room = size - first - kOwnBytes;
  for (std::size_t i = 0; i < count; ++i) positions[i] = first + i * room / count;
  Rng rng(1);
  for (std::size_t i = count; i > 1; --i) std::swap(positions[i - 1], positions[rng.next() % i]);
  return positions;
}

// REQUIRES: values is not empty.
Mean mean_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Mean mean;
  mean.count = values.size();
  mean.value = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean.value) * (value - mean.value);
  if (count > 1) mean.standard_error = std::sqrt(squares / (count - 1) / count);
  return mean;
}

// The mean of value(position) over as many positions as there is time for, at least two.
Mean mean_over(std::span<const std::size_t> positions, double seconds,
               const std::function<double(std::size_t)>& value) {
  std::vector<std::optional<double>> values(positions.size());
  std::atomic<std::size_t> next = 0;  // in order, whichever thread is free
  const double start = processor_seconds();
  parallel_for(positions.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) {
      const std::size_t i = next++;
      if (i < 2 || processor_seconds() - start < seconds) values[i] = value(positions[i]);
    }
  });
  std::vector<double> taken;
  for (const std::optional<double>& taken_or_not : values) {
    if (taken_or_not) taken.push_back(*taken_or_not);
  }
  return mean_of(taken);
}

// CPU seconds per byte in mid-stream, over as many bytes as a share of `seconds` allows.
double time_prediction(const Predictor& start, ByteView context, ByteView next, double seconds) {
  const auto predictor = start.clone();
  predictor->observe(context);
  std::vector<double> log2_probs(predictor->alphabet_size());
  predictor->log2_probs(log2_probs);
  const double before = processor_seconds();
  int steps = 0;
  while (steps < kTimedSteps && (steps == 0 || processor_seconds() - before < seconds / 8)) {
    predictor->update(next[static_cast<std::size_t>(steps++)]);
    predictor->log2_probs(log2_probs);
  }
  return (processor_seconds() - before) / steps;
}

struct Row {
  Mean loss;
  Mean own;
  double cpu = 0;  // seconds
};

class Bench {
 public:
  Bench(Options options, Bytes text) : options_(std::move(options)), text_(std::move(text)) {}

  void run() {
    std::vector<Model> models;
    for (const std::string& name : options_.models) {
      models.push_back(parse_model(name));
      if (!lacks_tables(models.back())) continue;
      fmt::print(stderr, "{}: has none, left out\n", name);
      models.pop_back();
    }
    print_row({"model", "probabilities", "context", "positions", "bits per byte", "s.e.",
               "own rate", "s.e.", "ms"});
    if (options_.markdown) fmt::print("|:--|:--|--:|--:|--:|--:|--:|--:|--:|\n");
    for (const std::size_t context : options_.contexts) {
      own_.clear();
      for (const Model& model : models) run_model(context, model);
    }
  }

 private:
  void run_model(std::size_t context, const Model& model) {
    const Row row = measure(context, model);
    const auto number = [&](double value) {
      return row.loss.count == 0 ? "-" : fmt::format("{:.3f}", value);
    };
    print_row({model.spec.text(), probs_name(model.spec, model.options), fmt::format("{}", context),
               fmt::format("{}", row.loss.count), number(row.loss.value),
               number(row.loss.standard_error), fmt::format("{:.3f}", row.own.value),
               fmt::format("{:.3f}", row.own.standard_error),
               fmt::format("{:.3g}", 1000 * row.cpu)});
  }

  Row measure(std::size_t context, const Model& model) {
    const ByteView text = text_;
    const auto start = make_predictor(model.spec, model.options);
    const std::size_t first =
        options_.paired ? *std::ranges::max_element(options_.contexts) : context;
    const auto positions = draw_positions(text.size(), first, options_.positions);
    Row row;
    row.own = own_rate(context, model.spec, positions);
    const double began = processor_seconds();
    row.cpu = time_prediction(*start, text.subspan(positions[0] - context, context),
                              text.subspan(positions[0], kOwnBytes), options_.seconds);
    if (processor_seconds() - began > options_.seconds) return row;
    row.loss = mean_over(positions, options_.seconds, [&](std::size_t at) {
      const auto predictor = start->clone();
      predictor->observe(text.subspan(at - context, context));
      std::vector<double> log2_probs(predictor->alphabet_size());
      predictor->log2_probs(log2_probs);
      return -log2_probs[text[at]];
    });
    return row;
  }

  // Asked once for all the probabilities of a codec.
  Mean own_rate(std::size_t context, const Spec& spec, std::span<const std::size_t> positions) {
    if (const auto known = own_.find(spec.text()); known != own_.end()) return known->second;
    const auto codec = coder_of(spec);
    const ByteView text = text_;
    const Mean mean = mean_over(
        positions.first(std::min(positions.size(), kOwnPositions)), options_.seconds / 4,
        [&](std::size_t at) {
          const std::vector<ByteView> next = {text.subspan(at, kOwnBytes)};
          return added_lengths(*codec, Units::kBits, text.subspan(at - context, context), next)[0] /
                 static_cast<double>(kOwnBytes);
        });
    return own_[spec.text()] = mean;
  }

  void print_row(const std::vector<std::string>& cells) const {
    if (options_.markdown) {
      fmt::print("| {} |\n", fmt::join(cells, " | "));
    } else {
      fmt::print("{:<12}{:<18}{:>9}{:>11}{:>15}{:>8}{:>10}{:>8}{:>9}\n", cells[0], cells[1],
                 cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]);
    }
    std::fflush(stdout);
  }

  Options options_;
  Bytes text_;
  std::map<std::string, Mean> own_;  // of the current context
};

// Contexts that leave no room for the bytes after them are no mistake: a script asks for several.
void run(Options options) {
  Bytes text = read_file(options.file);
  std::erase_if(options.contexts, [&](std::size_t context) {
    const bool too_long = context + kOwnBytes >= text.size();
    if (too_long) fmt::print(stderr, "{}: too short for {}, left out\n", options.file, context);
    return too_long;
  });
  Bench(std::move(options), std::move(text)).run();
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  CLI::App app("How well predictors predict the next byte of a file", "log_loss");
  zipdream::Options options;
  app.add_flag("--markdown", options.markdown, "Print a table in Markdown");
  app.add_flag("--paired", options.paired, "The same positions for all contexts");
  app.add_option("--seconds", options.seconds, "CPU time for each row")->check(CLI::PositiveNumber);
  app.add_option("FILE", options.file)->required();
  std::string contexts;
  app.add_option("CONTEXTS", contexts)->required();
  app.add_option("POSITIONS", options.positions)->required()->check(CLI::Range(1, 1000000));
  app.add_option("MODEL", options.models)->required()->expected(-1);
  CLI11_PARSE(app, argc, argv);
  return zipdream::run_program([&] {
    options.contexts = zipdream::parse_contexts(contexts);
    zipdream::run(std::move(options));
    return 0;
  });
}
