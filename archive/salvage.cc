// SPDX-License-Identifier: Apache-2.0
// What needs an archive of which any part can be read: salvage, and the facts of an archive.
#include <algorithm>
#include <utility>

#include "archive/archive.h"
#include "archive/blocks.h"

namespace zipdream {
namespace {

// The index, where it is whole and the blocks fill just what is left beside it.
ArchiveIndex find_index(const ArchiveHeader& header, const ArchiveFile& archive) {
  const ArchiveError damaged("the index at the end is damaged or missing; fetch it again");
  if (archive.size < header.size + kFooterSize) throw damaged;
  const auto read = [&](std::uint64_t begin) {
    Bytes bytes(static_cast<std::size_t>(archive.size - begin));
    bytes.resize(archive.read_at(begin, bytes));
    return bytes;
  };
  const std::optional<std::uint64_t> size = index_size(read(archive.size - kFooterSize));
  if (!size || *size > archive.size - header.size) throw damaged;
  ArchiveIndex index = read_index(header, read(archive.size - *size));
  std::uint64_t end = header.size;
  for (const std::uint32_t block_size : index.block_sizes) end += block_size;
  if (end != archive.size - *size) throw damaged;
  return index;
}

std::optional<ArchiveIndex> try_find_index(const ArchiveHeader& header,
                                           const ArchiveFile& archive) {
  try {
    return find_index(header, archive);
  } catch (const ArchiveError&) {
    return std::nullopt;
  }
}

void write_zeros(std::uint64_t count, const ByteSink& sink) {
  const Bytes zeros(static_cast<std::size_t>(std::min<std::uint64_t>(count, 1 << 16)));
  while (count > 0) {
    const auto part = std::min<std::uint64_t>(count, zeros.size());
    sink(ByteView(zeros).first(static_cast<std::size_t>(part)));
    count -= part;
  }
}

// Writes what jobs give, and zeros of known length for those that failed.
class Rescue {
 public:
  Rescue(const ArchiveHeader& header, std::optional<std::uint64_t> raw_size, const ByteSink& sink)
      : header_(header), raw_size_(raw_size), sink_(sink) {}

  // Nothing is written for a block of unknown length, which is the last one then.
  void take(const BlockJob& job) {
    const ByteRange range = content_range(header_, job.number, raw_size_);
    std::uint64_t size = range.end - range.begin;
    if (!job.error) {
      sink_(job.content);
      size = job.content.size();
    } else if (job.block || raw_size_) {
      if (job.block) size = job.block->raw_size;
      write_zeros(size, sink_);
      result_.lost.push_back({range.begin, range.begin + size});
    } else {
      return;
    }
    result_.raw_bytes += size;
  }

  Salvage finish(bool index_lost) {
    result_.index_lost = index_lost;
    result_.raw_size = raw_size_ ? raw_size_ : header_.raw_size;
    return std::move(result_);
  }

 private:
  const ArchiveHeader& header_;
  std::optional<std::uint64_t> raw_size_;
  const ByteSink& sink_;
  Salvage result_;
};

}  // namespace

Salvage salvage_archive(const ArchiveFile& archive, const ByteSink& content,
                        const OpenModel& open) {
  const ArchiveHeader header = read_header(source_of(archive, 0, archive.size));
  const auto model = open(header);
  check_same_model(header, *model);
  if (const auto index = try_find_index(header, archive)) {
    IndexedBlocks blocks(header, archive, *index);
    Rescue rescue(header, index->raw_size, content);
    run_jobs(
        *model, [&](BlockJob& job) { return blocks.next(job); },
        [&](BlockJob& job) { rescue.take(job); });
    return rescue.finish(false);
  }
  const ByteSource source = source_of(archive, header.size, archive.size);
  BlockWalk walk(header, source);
  Rescue rescue(header, std::nullopt, content);
  run_jobs(
      *model, [&](BlockJob& job) { return walk.next(job); },
      [&](BlockJob& job) { rescue.take(job); });
  return rescue.finish(true);
}

ArchiveInfo read_archive_info(const ArchiveFile& archive) {
  ArchiveInfo info;
  info.header = read_header(source_of(archive, 0, archive.size));
  info.index = find_index(info.header, archive);
  return info;
}

}  // namespace zipdream
