// SPDX-License-Identifier: Apache-2.0
// `zipdream compress`, `decompress` and `test`: .zd archives, with the manners of zstd.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include "apps/cli/archive_files.h"
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "archive/archive_model.h"
#include "base/parallel.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kCompressSummary = "Compresses files with any model, into .zd archives.";
constexpr const char* kDecompressSummary = "Gives back what was compressed.";
constexpr const char* kTestSummary = "Checks that archives are whole, and writes nothing.";

constexpr const char* kCompressExamples = R"(
  zipdream compress samples/text.txt -o text.zd
  zipdream compress -m cm -B 64M --rm backup.tar
  zipdream compress -m gzip:9 -c samples/text.txt | zipdream decompress | head -n 3
  zipdream compress -m arith:gzip:9 -v -c samples/text.txt > text.zd
)";
constexpr const char* kDecompressExamples = R"(
  zipdream compress -c samples/text.txt | zipdream decompress | head -n 3
  zipdream decompress -k backup.tar.zd
  zipdream decompress --salvage damaged.zd -o rest
)";
constexpr const char* kTestExamples = R"(
  zipdream test -v *.zd
  zipdream compress -c samples/text.txt | zipdream test -v
)";

using FileWork = void (*)(const std::string& path, const ArchiveOptions& options);

void check(const ArchiveOptions& options) {
  if (!options.output.empty() && options.to_stdout) {
    throw usage_error("-o and -c: one file has one output; leave one out");
  }
  if (!options.output.empty() && options.files.size() > 1) {
    throw usage_error("-o: is for one file; leave it out, and each gets its own name");
  }
  if (options.remove && options.to_stdout) {
    throw usage_error("--rm and -c: nothing would stay in the place of the file; leave one out");
  }
}

// One file after the other; what is wrong with one is no reason to leave the others.
int run(const ArchiveOptions& options, FileWork work) {
  check(options);
  set_thread_count(options.threads);
  int code = kExitOk;
  for (const std::string& path : options.files) {
    try {
      work(path, options);
    } catch (const Error& error) {
      tell(error.what());
      code = std::max(code, error.kind() == Error::Kind::kUsage ? kExitUsage : kExitFailure);
    } catch (const std::bad_alloc&) {
      tell(fmt::format("{}: out of memory; use fewer threads (-T) or smaller blocks (-B)", path));
      code = std::max(code, kExitFailure);
    }
  }
  return code;
}

int run_compress(const ArchiveOptions& options) {
  static_cast<void>(
      canonical_spec(Spec::parse(options.model)));  // one message, not one for each file
  if (options.to_stdout && options.files.size() > 1) {
    throw usage_error("-c: an archive holds one file; pack several with tar first");
  }
  return run(options, compress_file);
}

// What the three have in common.
CLI::App* add(CLI::App& application, const char* name, const char* summary,
              ArchiveOptions& options) {
  CLI::App* app = application.add_subcommand(name, summary);
  app->add_option("FILE", options.files, "The files; - is standard input [-]")->type_name("");
  app->add_option("-T,--threads", options.threads,
                  "Threads; 0: one per core. Each works on a block of its own")
      ->check(CLI::Range(0, 1024).description(""))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("-q,--quiet", options.quiet, "No progress and no summary");
  app->add_flag("-v,--verbose", options.verbose,
                "A summary of each file also where standard error is no terminal");
  return app;
}

void add_output_options(CLI::App& app, ArchiveOptions& options) {
  app.add_option("-o,--output", options.output, "Write to FILE; - is standard output")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("-c,--stdout", options.to_stdout, "Write to standard output")->group("Output");
  app.add_flag("-f,--force", options.force, "Overwrite files; write to a terminal")
      ->group("Output");
  CLI::Option* keep =
      app.add_flag("-k,--keep", options.keep, "Keep the input; so it is unless --rm is given")
          ->group("Output");
  app.add_flag("--rm", options.remove, "Remove the input when the output is whole")
      ->excludes(keep)
      ->group("Output");
}

}  // namespace

Command add_compress(CLI::App& application) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* app = add(application, "compress", kCompressSummary, *options);
  add_output_options(*app, *options);
  app->add_option("-m,--model", options->model,
                  "What codes: a model by its probabilities, a codec by its own format")
      ->type_name("MODEL")
      ->capture_default_str();
  app->add_option("-B,--block-size", options->block_size,
                  "Bytes in a block, 1K to 64M; more compress better, fewer use more threads")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(kMinBlockSize, kMaxBlockSize).description(""))
      ->type_name("N")
      ->default_str("16M");
  app->add_flag("-d,--decompress", options->decompress, "As `zipdream decompress`");
  return {app, kCompressExamples, [options] {
            return options->decompress ? run(*options, decompress_file) : run_compress(*options);
          }};
}

Command add_decompress(CLI::App& application) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* app = add(application, "decompress", kDecompressSummary, *options);
  add_output_options(*app, *options);
  app->add_flag("--salvage", options->salvage,
                "Of a damaged archive, write what is whole, and zeros for the rest");
  app->add_flag("-d,--decompress", options->decompress, "What it does anyway");
  return {app, kDecompressExamples, [options] { return run(*options, decompress_file); }};
}

Command add_test(CLI::App& application) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* app = add(application, "test", kTestSummary, *options);
  return {app, kTestExamples, [options] { return run(*options, test_file); }};
}

}  // namespace zipdream
