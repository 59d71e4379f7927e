// SPDX-License-Identifier: Apache-2.0
// How well models predict images and sounds: bits per byte of the true continuation, the mean over
// files, as a table in Markdown.
//   images: the right half of each row, the left half given; gray, shrunk to 128 pixels. "alone":
//           each row by itself; "joint": with the rows above, both halves of them.
//   sounds: half a second, the first two given, at 16 kHz; in 8 and in 16 bits.
// The last column is what the codec itself spends: (bits of all - bits of what is given) / bytes.
// Usage: media_rates image|sound MODEL... -- FILE...
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "base/parallel.h"
#include "generator/load_model.h"
#include "generator/score.h"
#include "media/media_job.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr int kMaxSide = 128;
constexpr double kGivenSeconds = 2;
constexpr double kSeconds = 0.5;

using Jobs = std::vector<std::unique_ptr<MediaJob>>;

Jobs image_jobs(std::span<const std::string> files, Rows rows) {
  Jobs jobs;
  for (const std::string& file : files) {
    jobs.push_back(
        make_image_job(read_file(file), {.gray = true, .max_side = kMaxSide, .rows = rows}));
  }
  return jobs;
}

Jobs sound_jobs(std::span<const std::string> files, SampleFormat format) {
  Jobs jobs;
  for (const std::string& file : files) {
    jobs.push_back(make_audio_job(
        read_file(file), {.format = format, .prompt_seconds = kGivenSeconds, .seconds = kSeconds}));
  }
  return jobs;
}

std::size_t true_bytes(const MediaJob& job) {
  std::size_t bytes = 0;
  for (const Bytes& reference : job.reference()) bytes += reference.size();
  return bytes;
}

// The mean of `rate` over jobs; "" where the model can't do one.
template <typename Rate>
std::string mean(const Jobs& jobs, const std::string& model, const Rate& rate) {
  std::vector<double> rates(jobs.size());
  try {
    parallel_for(jobs.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        rates[i] = rate(adapted_spec(Spec::parse(model), *jobs[i], 0, false), *jobs[i]) /
                   static_cast<double>(true_bytes(*jobs[i]));
      }
    });
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUsage) throw;
    return "";
  }
  const double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  return fmt::format("{:.3f}", sum / static_cast<double>(jobs.size()));
}

double by_probabilities(const Spec& spec, const MediaJob& job) {
  if (measures_streams(spec, {})) throw usage_error("too slow");
  return score_sequences(*make_predictor(spec), job.sequences(), job.reference(),
                         [](double /*bits*/) {});
}

// Of a file with nothing but the given part and one with all of it. An image's left half has half
// its width, which its codec is told.
double by_codec(const Spec& spec, const MediaJob& job) {
  if (!is_codec(spec)) throw usage_error("no codec");
  const Sequence& sequence = job.sequences()[0];
  Bytes all = sequence.prompt;
  const auto append = [&all](ByteView bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  visit_segments(sequence, job.reference()[0], append, append);
  Spec narrow = spec;
  const auto rows = job.rows();
  if (rows && spec.info().option("width") != nullptr && spec.has("width")) {
    narrow.set("width", std::to_string(sequence.prompt.size() / rows->channels));
  }
  return make_codec(spec)->bits(all, Units::kBits) -
         make_codec(narrow)->bits(all_prompt_bytes(sequence), Units::kBits);
}

void print_table(std::span<const std::string> models, const Jobs& first, const Jobs& second,
                 std::string_view names) {
  fmt::print("| model | {} | the codec itself |\n|---|--:|--:|--:|\n", names);
  for (const std::string& model : models) {
    const Jobs& measured = first[0]->media() == Media::kImage ? second : first;
    fmt::print("| {} | {} | {} | {} |\n", model, mean(first, model, by_probabilities),
               mean(second, model, by_probabilities), mean(measured, model, by_codec));
    std::fflush(stdout);
  }
}

int run(std::span<char* const> arguments) {
  const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
  const auto separator = std::ranges::find(words, "--");
  const std::string kind = words.empty() ? "" : words[0];
  if ((kind != "image" && kind != "sound") || words.end() - separator < 2) {
    throw usage_error("usage: media_rates image|sound MODEL... -- FILE...");
  }
  const std::vector<std::string> models(words.begin() + 1, separator);
  const std::vector<std::string> files(separator + 1, words.end());
  if (kind == "image") {
    print_table(models, image_jobs(files, Rows::kIndependent), image_jobs(files, Rows::kJoint),
                "alone | joint");
  } else {
    print_table(models, sound_jobs(files, SampleFormat::kU8), sound_jobs(files, SampleFormat::kS16),
                "8 bits | 16 bits");
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] {
    return zipdream::run({argv, static_cast<std::size_t>(argc)});
  });
}
