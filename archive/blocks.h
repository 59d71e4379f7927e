// SPDX-License-Identifier: Apache-2.0
// The blocks of an archive, from its bytes to their contents: a walk makes a job of each block, as
// they follow each other in a stream (BlockWalk) or where the index of a file says that they are
// (IndexedBlocks), and run_jobs() decodes them on all cores and hands their contents on in order. A
// block that can't be read is a job with an error.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>

#include "archive/archive.h"
#include "archive/archive_model.h"
#include "archive/format.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A block on its way to its content.
struct BlockJob {
  std::uint64_t number = 0;
  std::optional<StoredBlock> block;  // none if it could not be read; `error` says why
  Bytes content;                     // empty if it could not be decoded
  std::exception_ptr error;          // an ArchiveError about the block: "is damaged"
};

// Calls done() for each job that next() makes until that returns false, in the order in which they
// were made. An exception of done() ends it.
void run_jobs(const ArchiveModel& model, const std::function<bool(BlockJob& job)>& next,
              const std::function<void(BlockJob& job)>& done);

// The blocks of a stream. REQUIRES: header and source outlive it, and the source stands at the
// first block.
class BlockWalk {
 public:
  BlockWalk(const ArchiveHeader& header, const ByteSource& source)
      : header_(header), source_(source) {}

  // The next block; false where the index begins. After one that can't be read there is no other.
  bool next(BlockJob& job);

  // Whether the walk has reached the index.
  [[nodiscard]] bool is_at_index() const { return is_at_index_; }

  // What follows the blocks must be the index of just these. Returns the sizes. Throws
  // ArchiveError. REQUIRES: is_at_index().
  [[nodiscard]] ArchiveSizes check_rest() const;

 private:
  const ArchiveHeader& header_;
  const ByteSource& source_;
  ArchiveIndex index_;  // of the blocks so far
  bool has_failed_ = false;
  bool is_at_index_ = false;
};

// The blocks of a file by its index, which go on after one that can't be read. REQUIRES: header,
// archive and index outlive it.
class IndexedBlocks {
 public:
  IndexedBlocks(const ArchiveHeader& header, const ArchiveFile& archive, const ArchiveIndex& index)
      : header_(header), archive_(archive), index_(index), at_(header.size) {}

  // The next block; false after the last one.
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
