// SPDX-License-Identifier: Apache-2.0
// `zipdream compress`, `decompress` and `test`: .zd archives, with the manners of zstd.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>

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
  zipdream compress -v photo.ppm song.wav
  zipdream compress -m gzip:9 -c samples/text.txt | zipdream decompress | head -n 3
  zipdream compress -m arith:gzip:9 -v -c samples/text.txt > text.zd
)";
constexpr const char* kDecompressExamples = R"(
  zipdream compress -c samples/text.txt | zipdream decompress | head -n 3
  zipdream decompress -k backup.tar.zd
  zipdream decompress --salvage damaged.zd -o rest
  zipdream decompress --model samples/models/english story.zd
)";
constexpr const char* kTestExamples = R"(
  zipdream test -v *.zd
  zipdream compress -c samples/text.txt | zipdream test -v
)";

using FileWork = void (*)(const std::string& path, const ArchiveOptions& options, FileUse& files);

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
int run(ArchiveOptions options, FileWork work, FileUse files = {}) {
  check(options);
  for (const std::string& path : options.files) files.reads(path);
  const bool has_stream = std::ranges::find(options.files, "-") != options.files.end();
  const bool to_stdout =
      options.to_stdout || options.output == "-" || (has_stream && options.output.empty());
  if (to_stdout && work != test_file) files.writes("-c", "-");
  options.models = std::make_shared<ArchiveModels>(options.given_models);
  options.proof_models = std::make_shared<ArchiveModels>(options.given_models);
  set_thread_count(options.threads);
  int code = kExitOk;
  for (const std::string& path : options.files) {
    try {
      work(path, options, files);
    } catch (const Error& error) {
      tell(message_of(error));
      code = std::max(code, error.kind() == Error::Kind::kUsage ? kExitUsage : kExitFailure);
    } catch (const std::bad_alloc&) {
      tell(fmt::format("{}: out of memory; use fewer threads (-T) or smaller blocks (-B)", path));
      code = std::max(code, kExitFailure);
    }
  }
  return code;
}

int run_compress(const ArchiveOptions& options) {
  if (options.to_stdout && options.files.size() > 1) {
    throw usage_error("-c: an archive holds one file; pack several with tar first");
  }
  FileUse files;
  if (options.model != kAutomatic) {
    const Spec model = Spec::parse(options.model);
    static_cast<void>(canonical_spec(model));  // one message, not one for each file
    files.reads_models_of(model);
  }
  return run(options, compress_file, std::move(files));
}

// The options that compress, decompress and test have in common.
Arguments& add(CommandLine& line, const char* name, const char* summary, const char* examples,
               ArchiveOptions& options) {
  Arguments& args = line.add_command(name, summary, examples);
  args.add("FILE", &options.files, "The files; - is standard input [-]").type("");
  args.add("-T,--threads", &options.threads,
           "Threads; 0: one per core. Each works on a block of its own")
      .range(0, kMaxThreads)
      .type("N")
      .shows_default();
  args.add_flag("-q,--quiet", options.quiet, "No progress and no summary");
  args.add_flag("-v,--verbose", options.verbose,
                "A summary of each file also where standard error is no terminal");
  return args;
}

void add_model_search(Arguments& args, ArchiveOptions& options) {
  args.add("-m,--model", &options.given_models,
           "Where the model is that an archive was made with, its path or MODEL, if it has files "
           "[looked for: by its name, beside the archive, in the folders of models]")
      .type("MODEL")
      .one_at_a_time();
}

void add_output_options(Arguments& args, ArchiveOptions& options) {
  const char* const group = "Output";
  args.add("-o,--output", &options.output, "Write to FILE; - is standard output")
      .type("FILE")
      .group(group);
  args.add_flag("-c,--stdout", options.to_stdout, "Write to standard output").group(group);
  args.add_flag("-f,--force", options.force, "Overwrite files; write to a terminal").group(group);
  const Option keep =
      args.add_flag("-k,--keep", options.keep, "Keep the input; so it is unless --rm is given")
          .group(group);
  args.add_flag("--rm", options.remove,
                "Remove the input when the output, read again, proves to be whole")
      .excludes(keep)
      .group(group);
}

}  // namespace

Command add_compress(CommandLine& line) {
  auto options = std::make_shared<ArchiveOptions>();
  Arguments& args = add(line, "compress", kCompressSummary, kCompressExamples, *options);
  add_output_options(args, *options);
  args.add("-m,--model", &options->model,
           "What codes: a model by its probabilities, a codec by its own format; auto: by the "
           "content, the pixels of PNM and BMP files by image, the samples of WAV files by audio, "
           "all else by ppm:6")
      .type("MODEL")
      .shows_default();
  args.add("-B,--block-size", &options->block_size,
           "Bytes in a block, 1K to 64M; more compress better, fewer use more threads")
      .is_size()
      .range(kMinBlockSize, kMaxBlockSize)
      .type("N")
      .shows_default("16M");
  args.add_flag("-d,--decompress", options->decompress, "As `zipdream decompress`");
  return {&args, [options] {
            return options->decompress ? run(*options, decompress_file) : run_compress(*options);
          }};
}

Command add_decompress(CommandLine& line) {
  auto options = std::make_shared<ArchiveOptions>();
  Arguments& args = add(line, "decompress", kDecompressSummary, kDecompressExamples, *options);
  add_output_options(args, *options);
  add_model_search(args, *options);
  args.add_flag("--salvage", options->salvage,
                "Of a damaged archive, write what is whole, and zeros for the rest");
  args.add_flag("-d,--decompress", options->decompress, "What it does anyway");
  return {&args, [options] { return run(*options, decompress_file); }};
}

Command add_test(CommandLine& line) {
  auto options = std::make_shared<ArchiveOptions>();
  Arguments& args = add(line, "test", kTestSummary, kTestExamples, *options);
  add_model_search(args, *options);
  return {&args, [options] { return run(*options, test_file); }};
}

}  // namespace zipdream
