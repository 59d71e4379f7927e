// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "archive/archive.h"
#include "archive/block_jobs.h"
#include "archive/block_walk.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Blocks are counted from 1 where people read it.
[[noreturn]] void fail_in_block(const ArchiveHeader& header, const BlockJob& job) {
  const ByteRange range = content_range(header, job.number, header.raw_size);
  try {
    std::rethrow_exception(job.error);
  } catch (const ArchiveError& error) {
    throw ArchiveError(fmt::format(
        "block {} (bytes {} to {} of the content) {}; the others can be salvaged", job.number + 1,
        range.begin, std::max(range.begin + 1, range.end) - 1, error.what()));
  }
}

}  // namespace

std::unique_ptr<const ArchiveModel> open_model(const ArchiveHeader& header, OnCoded on_coded) {
  try {
    return std::make_unique<ArchiveModel>(Spec::parse(header.spec), std::move(on_coded));
  } catch (const Error& error) {
    throw ArchiveError(fmt::format("was made with {}, which this zipdream does not have ({})",
                                   header.spec, error.what()));
  }
}

ArchiveSizes decompress_stream(const ByteSource& archive, const ByteSink& content,
                               const OpenModel& open) {
  const ArchiveHeader header = read_header(archive);
  const auto model = open(header);
  check_same_model(header, *model);
  BlockWalk walk(header, archive);
  run_jobs(
      *model, [&](BlockJob& job) { return walk.next(job); },
      [&](BlockJob& job) {
        if (job.error) fail_in_block(header, job);
        content(job.content);
      });
  return walk.check_rest();
}

}  // namespace zipdream
