// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/archive_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "apps/cli/output.h"
#include "base/files.h"
#include "base/output_file.h"
#include "base/terminal.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kSuffix = ".zd";
constexpr std::size_t kLostShown = 8;

InputFile open_input(const std::string& path) {
  if (path == "-" && stdin_is_terminal()) {
    throw usage_error("no file; name one, or give standard input");
  }
  return InputFile(path);
}

ByteSource source_of(InputFile& file) {
  return [&file](std::span<Byte> room) { return file.read(room); };
}

// What is wrong with an archive, said of the file.
template <typename Work>
auto naming(const std::string& path, Work work) {
  try {
    return work();
  } catch (const ArchiveError& error) {
    throw Error(fmt::format("{}: {}", path == "-" ? "standard input" : path, error.what()));
  }
}

// The output of one input.
class Output {
 public:
  Output(const std::string& path, const InputFile& input, const ArchiveOptions& options)
      : path_(path), input_(input), remove_(options.remove) {
    if (path != "-") refuse_to_replace(path, input.path());
    if (remove_ && (path == "-" || is_special_file(path))) {
      throw usage_error(fmt::format("--rm: only where there is a file instead, not for {}", path));
    }
    file_.emplace(path,
                  options.force ? OutputFile::Existing::kReplace : OutputFile::Existing::kRefuse);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  void write(ByteView bytes) { file_->write(bytes); }

  // The input goes only with `is_complete`.
  void commit(bool is_complete = true) {
    const auto attributes = input_.path() == "-" ? std::nullopt : input_.attributes();
    file_->commit(attributes ? &*attributes : nullptr);
    if (!remove_ || !is_complete || !attributes) return;
    if (unlink(input_.path().c_str()) != 0) fail_with_errno(input_.path(), "remove it", errno);
  }

 private:
  std::string path_;
  const InputFile& input_;
  bool remove_;
  std::optional<OutputFile> file_;
};

std::string output_path(const std::string& path, const std::string& by_input,
                        const ArchiveOptions& options) {
  if (options.to_stdout) return "-";
  if (!options.output.empty()) return options.output;
  return path == "-" ? "-" : by_input;
}

std::string without_suffix(const std::string& path) {
  if (path.ends_with(kSuffix) && path.size() > kSuffix.size() &&
      path[path.size() - kSuffix.size() - 1] != '/') {
    return path.substr(0, path.size() - kSuffix.size());
  }
  throw Error(fmt::format("{}: does not end in {}; name the output with -o", path, kSuffix));
}

// Counts, shows and at last says what one file came to.
class Report {
 public:
  Report(std::string label, const ArchiveOptions& options)
      : label_(std::move(label)), quiet_(options.quiet), verbose_(options.verbose) {}

  void begin(std::optional<std::uint64_t> raw_size) {
    progress_.emplace(label_, raw_size ? static_cast<std::size_t>(*raw_size) : Progress::kUnknown,
                      "bytes", quiet_);
  }

  OnCoded on_coded() {
    return [this](std::size_t count) {
      raw_bytes_ += count;
      if (progress_) progress_->add(count);
    };
  }

  // So many more bytes of archive stand for what was coded.
  void add_archive(std::size_t count) {
    archive_bytes_ += count;
    const std::size_t raw_bytes = raw_bytes_;
    if (progress_ && raw_bytes > 0) progress_->note(percent(raw_bytes, archive_bytes_));
  }

  void end(const std::string& summary) {
    progress_.reset();
    if (quiet_ || !(verbose_ || stderr_is_terminal())) return;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
    tell(fmt::format("{}: {} in {}", label_, summary, format_seconds(taken.count())));
  }

  static std::string percent(std::uint64_t raw_bytes, std::uint64_t archive_bytes) {
    const auto raw = static_cast<double>(raw_bytes);
    const auto archive = static_cast<double>(archive_bytes);
    if (raw_bytes == 0) return fmt::format("to {} bytes", archive_bytes);
    return fmt::format("to {:.2f}%", 100 * archive / raw);
  }

 private:
  std::string label_;
  bool quiet_;
  bool verbose_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::optional<Progress> progress_;
  std::atomic<std::size_t> raw_bytes_ = 0;
  std::size_t archive_bytes_ = 0;
};

OpenModel opener(const std::string& path, const ArchiveOptions& options, Report& report) {
  return [&](const ArchiveHeader& header) {
    report.begin(header.raw_size);
    options.models->tell(report.on_coded());
    return options.models->open(header, path);
  };
}

std::string lost_ranges(const Salvage& salvage) {
  std::string text;
  for (std::size_t i = 0; i < std::min(salvage.lost.size(), kLostShown); ++i) {
    text += fmt::format("{}{} to {}", i == 0 ? "" : ", ", salvage.lost[i].begin,
                        salvage.lost[i].end - 1);
  }
  if (salvage.lost.size() > kLostShown) {
    text += fmt::format(" and {} more", salvage.lost.size() - kLostShown);
  }
  return text;
}

// Throws an Error that says what is missing, if anything is.
void report_losses(const Salvage& salvage, const std::string& path) {
  std::string text;
  if (!salvage.lost.empty()) text = fmt::format("bytes {} are zeros", lost_ranges(salvage));
  if (salvage.index_lost && salvage.raw_size != salvage.raw_bytes) {
    text += fmt::format("{}{} bytes{} could be read", text.empty() ? "" : ", ", salvage.raw_bytes,
                        salvage.raw_size ? fmt::format(" of {}", *salvage.raw_size) : "");
  } else if (salvage.index_lost) {
    text += fmt::format("{}all bytes are there, but not the index", text.empty() ? "" : ", ");
  }
  if (!text.empty()) throw Error(fmt::format("{}: is damaged: {}", path, text));
}

void salvage_file(const InputFile& input, const ArchiveOptions& options, Output& output,
                  Report& report) {
  const ArchiveFile archive{.size = *input.size(),
                            .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
                              return input.read_at(offset, room);
                            }};
  const Salvage salvage = naming(input.path(), [&] {
    return salvage_archive(
        archive, [&](ByteView bytes) { output.write(bytes); },
        opener(input.path(), options, report));
  });
  const bool is_complete = salvage.lost.empty() && !salvage.index_lost;
  output.commit(is_complete);
  report.end(fmt::format("{} bytes", salvage.raw_bytes));
  report_losses(salvage, input.path());
}

}  // namespace

void compress_file(const std::string& path, const ArchiveOptions& options) {
  const std::string output = output_path(path, path + std::string(kSuffix), options);
  if (!options.force) refuse_binary_to_terminal(output, "an archive");
  InputFile input = open_input(path);
  Output out(output, input, options);
  Report report(path, options);
  // Files that are made as they are read, as in /proc, say that they have 0 bytes.
  std::optional<std::uint64_t> raw_size = input.size_ahead();
  if (raw_size == 0) raw_size.reset();
  report.begin(raw_size);
  options.models->tell(report.on_coded());
  const auto model = options.models->make(options.model);
  const ArchiveSizes sizes = naming(path, [&] {
    const ByteSink sink = [&](ByteView bytes) {
      out.write(bytes);
      report.add_archive(bytes.size());
    };
    return compress_stream(source_of(input), sink, *model,
                           {.block_size = options.block_size, .raw_size = raw_size});
  });
  out.commit();
  report.end(fmt::format("{} bytes {} ({} bytes) by {}, {}", sizes.raw_bytes,
                         Report::percent(sizes.raw_bytes, sizes.archive_bytes), sizes.archive_bytes,
                         model->spec(), output));
}

void decompress_file(const std::string& path, const ArchiveOptions& options) {
  const bool named = options.to_stdout || !options.output.empty() || path == "-";
  const std::string output = output_path(path, named ? "" : without_suffix(path), options);
  InputFile input = open_input(path);
  Output out(output, input, options);
  Report report(path, options);
  if (options.salvage && !input.size()) {
    throw usage_error("--salvage: needs a file; save the stream to one");
  }
  if (options.salvage) return salvage_file(input, options, out, report);
  const ArchiveSizes sizes = naming(path, [&] {
    return decompress_stream(
        source_of(input), [&](ByteView bytes) { out.write(bytes); }, opener(path, options, report));
  });
  out.commit();
  report.end(fmt::format("{} bytes, {}", sizes.raw_bytes, output));
}

void test_file(const std::string& path, const ArchiveOptions& options) {
  InputFile input = open_input(path);
  Report report(path, options);
  const ArchiveSizes sizes = naming(path, [&] {
    return decompress_stream(
        source_of(input), [](ByteView /*bytes*/) {}, opener(path, options, report));
  });
  report.end(fmt::format("whole, {} bytes in {} block{}", sizes.raw_bytes, sizes.blocks,
                         sizes.blocks == 1 ? "" : "s"));
}

}  // namespace zipdream
