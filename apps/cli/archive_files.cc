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

#include "apps/cli/archive_models.h"
#include "apps/cli/output.h"
#include "apps/cli/output_kinds.h"
#include "archive/automatic.h"
#include "archive/learned_models.h"
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
  Output(const std::string& path, OutputKind kind, const InputFile& input,
         const ArchiveOptions& options, FileUse& files)
      : path_(path), input_(input), remove_(options.remove) {
    if (path != "-") files.writes("the output of " + input.path(), path);
    check_output(path, kind, {.force = options.force, .like = {}});
    check_removal(files);
    file_.emplace(path,
                  options.force ? OutputFile::Existing::kReplace : OutputFile::Existing::kRefuse);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  void write(ByteView bytes) {
    file_->write(bytes);
    sum_.add(bytes);
  }

  // An archive; the input goes only if this one, read again, gives it back.
  void commit_archive(const OpenModel& open) {
    if (removes_input()) {
      InputFile archive = file_->read_again();
      prove_archive(archive, input_, open);
    }
    commit();
  }

  // A content; the input goes only if `is_complete`, and the disk holds what was written.
  void commit_content(bool is_complete = true) {
    remove_ = remove_ && is_complete;
    if (removes_input()) {
      InputFile written = file_->read_again();
      prove_content(written, sum_, input_);
    }
    commit();
  }

 private:
  void check_removal(const FileUse& files) const {
    if (!remove_) return;
    if (path_ == "-" || is_special_file(path_)) {
      throw usage_error(fmt::format("--rm: only where there is a file instead, not for {}", path_));
    }
    if (!files.is_of_model(input_.path())) return;
    throw usage_error(
        fmt::format("--rm: {} is part of the model, without which no archive of it can be read; "
                    "leave it out",
                    input_.path()));
  }

  // Pipes and the like stay.
  [[nodiscard]] bool removes_input() const {
    return remove_ && input_.path() != "-" && input_.attributes();
  }

  void commit() {
    const auto attributes = input_.path() == "-" ? std::nullopt : input_.attributes();
    file_->commit(attributes ? &*attributes : nullptr);
    if (!removes_input() || file_id(input_.path()) != input_.id()) return;
    if (unlink(input_.path().c_str()) != 0) fail_with_errno(input_.path(), "remove it", errno);
  }

  std::string path_;
  const InputFile& input_;
  bool remove_;
  ContentSum sum_;
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

// The same, unless the output would replace a file of the model that was found.
OpenModel careful_opener(const std::string& path, const std::string& output,
                         const ArchiveOptions& options, Report& report) {
  return [&, open = opener(path, options, report)](const ArchiveHeader& header) {
    if (options.force && !header.learned.empty()) {
      FileUse files;
      files.reads_models_of(find_learned_models(header, options.models->search_for(path)));
      files.writes("the output of " + path, output);
    }
    return open(header);
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
        careful_opener(input.path(), output.path(), options, report));
  });
  output.commit_content(salvage.lost.empty() && !salvage.index_lost);
  report.end(fmt::format("{} bytes", salvage.raw_bytes));
  report_losses(salvage, input.path());
}

// By the model that is named, or by one that is chosen by the content.
AutomaticSizes compress_by(const ArchiveOptions& options, const ByteSource& content,
                           const ByteSink& archive, const CompressOptions& how) {
  if (options.model == kAutomatic) {
    const MakeModel make = [&](const std::string& spec) { return options.models->make(spec); };
    return compress_automatically(content, archive, make, how);
  }
  const auto model = options.models->make(options.model);
  return {compress_stream(content, archive, *model, how), model->spec()};
}

}  // namespace

void compress_file(const std::string& path, const ArchiveOptions& options, FileUse& files) {
  const std::string output = output_path(path, path + std::string(kSuffix), options);
  if (!options.force) refuse_binary_to_terminal(output, "an archive");
  InputFile input = open_input(path);
  Output out(output, OutputKind::kArchive, input, options, files);
  Report report(path, options);
  // Files that are made as they are read, as in /proc, say that they have 0 bytes.
  std::optional<std::uint64_t> raw_size = input.size_ahead();
  if (raw_size == 0) raw_size.reset();
  report.begin(raw_size);
  options.models->tell(report.on_coded());
  const AutomaticSizes result = naming(path, [&] {
    const ByteSink sink = [&](ByteView bytes) {
      out.write(bytes);
      report.add_archive(bytes.size());
    };
    return compress_by(options, source_of(input), sink,
                       {.block_size = options.block_size, .raw_size = raw_size});
  });
  out.commit_archive(
      [&](const ArchiveHeader& header) { return options.proof_models->open(header, out.path()); });
  const ArchiveSizes& sizes = result.sizes;
  report.end(fmt::format("{} bytes {} ({} bytes) by {}, {}", sizes.raw_bytes,
                         Report::percent(sizes.raw_bytes, sizes.archive_bytes), sizes.archive_bytes,
                         result.chosen, output));
}

void decompress_file(const std::string& path, const ArchiveOptions& options, FileUse& files) {
  const bool named = options.to_stdout || !options.output.empty() || path == "-";
  const std::string output = output_path(path, named ? "" : without_suffix(path), options);
  InputFile input = open_input(path);
  Output out(output, OutputKind::kContent, input, options, files);
  Report report(path, options);
  if (options.salvage && !input.size()) {
    throw usage_error("--salvage: needs a file; save the stream to one");
  }
  if (options.salvage) return salvage_file(input, options, out, report);
  const ArchiveSizes sizes = naming(path, [&] {
    return decompress_stream(
        source_of(input), [&](ByteView bytes) { out.write(bytes); },
        careful_opener(path, out.path(), options, report));
  });
  out.commit_content();
  report.end(fmt::format("{} bytes, {}", sizes.raw_bytes, output));
}

void test_file(const std::string& path, const ArchiveOptions& options, FileUse& /*files*/) {
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
