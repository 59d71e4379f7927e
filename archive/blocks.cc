// SPDX-License-Identifier: Apache-2.0
#include "archive/blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "base/parallel.h"

namespace zipdream {
namespace {

void decode(const ArchiveModel& model, BlockJob& job) {
  if (job.error) return;
  try {
    job.content = model.decode(*job.block);
  } catch (const ArchiveError&) {
    job.error = std::current_exception();
  }
  job.block->payload = Bytes();
}

}  // namespace

void run_jobs(const ArchiveModel& model, const std::function<bool(BlockJob& job)>& next,
              const std::function<void(BlockJob& job)>& done) {
  const auto batch_size = static_cast<std::size_t>(thread_count());
  for (bool more = true; more;) {
    std::vector<BlockJob> batch;
    while (more && batch.size() < batch_size) {
      BlockJob job;
      more = next(job);
      if (more) batch.push_back(std::move(job));
    }
    parallel_for(batch.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) decode(model, batch[i]);
    });
    for (BlockJob& job : batch) {
      done(job);
      job.content = Bytes();
    }
  }
}

bool BlockWalk::next(BlockJob& job) {
  if (has_failed_ || is_at_index_) return false;
  job.number = index_.block_sizes.size();
  try {
    job.block = read_block(header_, job.number, source_);
    const bool is_after_last = index_.raw_size % header_.block_size != 0;
    if (job.block && is_after_last) throw ArchiveError("is damaged");
  } catch (const ArchiveError&) {
    job.block.reset();
    job.error = std::current_exception();
    has_failed_ = true;
    return true;
  }
  is_at_index_ = !job.block;
  if (is_at_index_) return false;
  index_.block_sizes.push_back(static_cast<std::uint32_t>(job.block->size));
  index_.raw_size += job.block->raw_size;
  return true;
}

ArchiveSizes BlockWalk::check_rest() const {
  assert(is_at_index_);
  const Bytes expected = write_index(header_, index_);
  Bytes rest(expected.size());
  rest.resize(1 + source_(std::span(rest).subspan(1)));  // the first byte is read already
  if (rest.size() < expected.size()) throw ArchiveError("ends too early; fetch it again");
  if (rest != expected) {
    throw ArchiveError(fmt::format("block {} or the index at the end is damaged; fetch it again",
                                   index_.block_sizes.size() + 1));
  }
  if (header_.raw_size.value_or(index_.raw_size) != index_.raw_size) {
    throw ArchiveError(fmt::format("holds {} bytes and not the {} of its header; fetch it again",
                                   index_.raw_size, *header_.raw_size));
  }
  std::uint64_t archive_bytes = header_.size + expected.size();
  for (const std::uint32_t size : index_.block_sizes) archive_bytes += size;
  return {.raw_bytes = index_.raw_size,
          .archive_bytes = archive_bytes,
          .blocks = index_.block_sizes.size()};
}

bool IndexedBlocks::next(BlockJob& job) {
  if (number_ == index_.block_sizes.size()) return false;
  const std::uint64_t begin = at_;
  at_ += index_.block_sizes[number_];
  job.number = number_++;
  const ByteRange range = content_range(header_, job.number, index_.raw_size);
  try {
    job.block = read_block(header_, job.number, source_of(archive_, begin, at_));
    if (!job.block || job.block->size != at_ - begin ||
        job.block->raw_size != range.end - range.begin) {
      throw ArchiveError("is damaged");
    }
  } catch (const ArchiveError&) {
    job.block.reset();
    job.error = std::current_exception();
  }
  return true;
}

ByteSource source_of(const ArchiveFile& archive, std::uint64_t begin, std::uint64_t end) {
  return [&archive, begin, end](std::span<Byte> buffer) mutable {
    const std::uint64_t left = end - std::min(begin, end);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
    const std::size_t got = archive.read_at(begin, buffer.first(wanted));
    begin += got;
    return got;
  };
}

}  // namespace zipdream
