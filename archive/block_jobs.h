// SPDX-License-Identifier: Apache-2.0
// Decodes blocks on all cores and hands their contents on in order.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>

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

}  // namespace zipdream
