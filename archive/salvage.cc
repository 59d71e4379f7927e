// SPDX-License-Identifier: Apache-2.0
// What needs an archive of which any part can be read: salvage, and the facts of an archive.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "archive/archive.h"
#include "archive/blocks.h"

namespace zipdream {
namespace {

// More than any header has.
constexpr std::uint64_t kMaxHeaderSize = 1024;

// Bytes [begin, end) of a file: one archive of perhaps several. REQUIRES: the file outlives it.
ArchiveFile part_of(const ArchiveFile& file, ByteRange range) {
  return {.size = range.end - range.begin,
          .read_at = [&file, range](std::uint64_t offset, std::span<Byte> buffer) {
            const std::uint64_t left = range.end - range.begin - std::min(offset, range.end);
            const auto wanted = std::min<std::uint64_t>(buffer.size(), left);
            return file.read_at(range.begin + offset,
                                buffer.first(static_cast<std::size_t>(wanted)));
          }};
}

Bytes read_range(const ArchiveFile& file, std::uint64_t begin, std::uint64_t end) {
  Bytes bytes(static_cast<std::size_t>(end - begin));
  bytes.resize(file.read_at(begin, bytes));
  return bytes;
}

// The header and index of the archive that ends at `end`, and where it begins; none if there is no
// whole one. Its header is as long as its check says.
struct Located {
  std::uint64_t begin = 0;
  ArchiveInfo info;
};
std::optional<Located> find_archive(const ArchiveFile& file, std::uint64_t end) {
  if (end < kFooterSize) return std::nullopt;
  const auto size = index_size(read_range(file, end - kFooterSize, end));
  if (!size || *size > end) return std::nullopt;
  const Bytes index = read_range(file, end - *size, end);
  const std::optional<std::uint64_t> blocks = bytes_of_blocks(index);
  if (!blocks || *blocks > end - *size) return std::nullopt;
  const std::uint64_t header_end = end - *size - *blocks;
  const std::uint64_t first = header_end - std::min(header_end, kMaxHeaderSize);
  const Bytes before = read_range(file, first, header_end);
  for (std::size_t at = 0; at + kArchiveMagic.size() <= before.size(); ++at) {
    if (!std::equal(kArchiveMagic.begin(), kArchiveMagic.end(),
                    before.begin() + static_cast<std::ptrdiff_t>(at)))
      continue;
    try {
      Located found;
      found.begin = first + at;
      found.info.header = read_header(source_of(file, found.begin, header_end));
      if (found.info.header.size != before.size() - at) continue;
      found.info.index = read_index(found.info.header, index);
      return found;
    } catch (const ArchiveError&) {
      continue;
    }
  }
  return std::nullopt;
}

// All archives of a file in order; none if they are not all whole as far as headers and indexes go.
std::vector<Located> find_archives(const ArchiveFile& file) {
  std::vector<Located> archives;
  for (std::uint64_t end = file.size; end > 0; end = archives.back().begin) {
    auto found = find_archive(file, end);
    if (!found) return {};
    archives.push_back(std::move(*found));
  }
  std::reverse(archives.begin(), archives.end());
  return archives;
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

namespace {

// Adds what one archive gives, by its index, to what those before it gave.
void salvage_indexed(const ArchiveFile& file, const Located& located, std::uint64_t end,
                     const ByteSink& content, const OpenModel& open, Salvage& all) {
  const auto& [header, index] = located.info;
  const auto model = open(header);
  check_same_model(header, *model);
  const ArchiveFile archive = part_of(file, {located.begin, end});
  IndexedBlocks blocks(header, archive, index);
  Rescue rescue(header, index.raw_size, content);
  run_jobs(
      *model, [&](BlockJob& job) { return blocks.next(job); },
      [&](BlockJob& job) { rescue.take(job); });
  const Salvage one = rescue.finish(false);
  for (const ByteRange& range : one.lost) {
    all.lost.push_back({all.raw_bytes + range.begin, all.raw_bytes + range.end});
  }
  all.raw_bytes += one.raw_bytes;
  all.raw_size = all.raw_size.value_or(0) + index.raw_size;
}

}  // namespace

Salvage salvage_archive(const ArchiveFile& archive, const ByteSink& content,
                        const OpenModel& open) {
  const std::vector<Located> archives = find_archives(archive);
  Salvage all;
  for (std::size_t i = 0; i < archives.size(); ++i) {
    const std::uint64_t end = i + 1 < archives.size() ? archives[i + 1].begin : archive.size;
    salvage_indexed(archive, archives[i], end, content, open, all);
  }
  if (!archives.empty()) return all;

  const ArchiveHeader header = read_header(source_of(archive, 0, archive.size));
  const auto model = open(header);
  check_same_model(header, *model);
  const ByteSource source = source_of(archive, header.size, archive.size);
  BlockWalk walk(header, source);
  Rescue rescue(header, std::nullopt, content);
  run_jobs(
      *model, [&](BlockJob& job) { return walk.next(job); },
      [&](BlockJob& job) { rescue.take(job); });
  return rescue.finish(true);
}

std::vector<ArchiveInfo> read_archive_info(const ArchiveFile& archive) {
  std::vector<ArchiveInfo> infos;
  for (Located& located : find_archives(archive)) infos.push_back(std::move(located.info));
  if (!infos.empty()) return infos;
  static_cast<void>(read_header(source_of(archive, 0, archive.size)));  // throws, with the reason
  throw ArchiveError("the index at the end is damaged or missing; fetch it again");
}

}  // namespace zipdream
