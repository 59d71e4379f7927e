// SPDX-License-Identifier: Apache-2.0
#include "archive/block_jobs.h"

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

}  // namespace zipdream
