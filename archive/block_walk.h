// SPDX-License-Identifier: Apache-2.0
// The blocks of an archive, one after the other: as they follow each other in a stream, or where
// the index of a file says that they are.
//
// Both make jobs (block_jobs.h); a block that can't be read is a job with an error.
#pragma once

#include <cstdint>

#include "archive/archive.h"
#include "archive/block_jobs.h"
#include "archive/format.h"
#include "zipdream/bytes.h"

namespace zipdream {

// REQUIRES: header and source outlive it, and the source stands at the first block.
class BlockWalk {
 public:
  BlockWalk(const ArchiveHeader& header, const ByteSource& source)
      : header_(header), source_(source) {}

  // The next block; false where the index begins. After one that can't be read there is no other.
  bool next(BlockJob& job);

  // Whether the index was come to.
  [[nodiscard]] bool is_at_index() const { return is_at_index_; }

  // What follows the blocks must be the index of just these, and then nothing. Returns the sizes.
  // Throws ArchiveError. REQUIRES: is_at_index().
  [[nodiscard]] ArchiveSizes check_rest() const;

 private:
  const ArchiveHeader& header_;
  const ByteSource& source_;
  ArchiveIndex index_;  // of the blocks so far
  bool has_failed_ = false;
  bool is_at_index_ = false;
};

// REQUIRES: header, archive and index outlive it.
class IndexedBlocks {
 public:
  IndexedBlocks(const ArchiveHeader& header, const ArchiveFile& archive, const ArchiveIndex& index)
      : header_(header), archive_(archive), index_(index), at_(header.size) {}

  bool next(BlockJob& job);

 private:
  const ArchiveHeader& header_;
  const ArchiveFile& archive_;
  const ArchiveIndex& index_;
  std::uint64_t at_;
  std::uint64_t number_ = 0;
};

// What stands in [begin, end) of an archive. REQUIRES: the archive outlives the source.
[[nodiscard]] ByteSource source_of(const ArchiveFile& archive, std::uint64_t begin,
                                   std::uint64_t end);

}  // namespace zipdream
