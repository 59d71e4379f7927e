// SPDX-License-Identifier: Apache-2.0
// Compresses and decompresses files with models and beside them with codecs, in one run on one
// thread: sizes, bits per byte and speeds in megabytes per second of processor time. Usage:
// model_bench MODEL,MODEL... FILE... A MODEL is what make_codec() takes: arith:ppm:6,
// arith:cm, xz:9e, bzip2:9.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

struct Totals {
  double raw = 0;
  double compressed = 0;
  double compress_seconds = 0;
  double decompress_seconds = 0;
};

void print_row(std::string_view file, std::string_view model, const Totals& totals) {
  fmt::print("{:<24}{:<14}{:>10.0f}{:>11.0f}{:>8.2f}{:>8.3f}{:>9.2f}{:>9.2f}\n", file, model,
             totals.raw, totals.compressed, 100 * totals.compressed / totals.raw,
             8 * totals.compressed / totals.raw, totals.raw / 1e6 / totals.compress_seconds,
             totals.raw / 1e6 / totals.decompress_seconds);
}

Totals measure(const Codec& codec, const Bytes& data) {
  Totals totals;
  totals.raw = static_cast<double>(data.size());
  double start = processor_seconds();
  const Bytes stream = codec.compress(data);
  totals.compress_seconds = processor_seconds() - start;
  totals.compressed = static_cast<double>(stream.size());
  start = processor_seconds();
  if (codec.decompress(stream, data.size()) != data) throw Error("model_bench: no round trip");
  totals.decompress_seconds = processor_seconds() - start;
  return totals;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') parts.emplace_back();
    if (c != ',') parts.back() += c;
  }
  return parts;
}

int run(int argc, char** argv) {
  if (argc < 3) throw usage_error("usage: model_bench MODEL,MODEL... FILE...");
  fmt::print("{:<24}{:<14}{:>10}{:>11}{:>8}{:>8}{:>9}{:>9}\n", "file", "model", "bytes", "stream",
             "%", "bpb", "MB/s", "back");
  for (const std::string& model : split(argv[1])) {
    const auto codec = make_codec(model);
    Totals sum;
    for (int i = 2; i < argc; ++i) {
      const std::string path = argv[i];
      const Totals one = measure(*codec, read_file(path));
      print_row(path.substr(path.rfind('/') + 1), model, one);
      sum.raw += one.raw;
      sum.compressed += one.compressed;
      sum.compress_seconds += one.compress_seconds;
      sum.decompress_seconds += one.decompress_seconds;
    }
    if (argc > 3) print_row("all", model, sum);
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
