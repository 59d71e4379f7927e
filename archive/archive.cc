// SPDX-License-Identifier: Apache-2.0
// Archives written and read as streams; what needs any part of a file is in salvage.cc.
#include "archive/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <exception>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "archive/automatic.h"
#include "archive/blocks.h"
#include "archive/learned_models.h"
#include "base/parallel.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// The next blocks of content, one for each thread; fewer at the end.
std::vector<Bytes> read_batch(const ByteSource& content, std::size_t block_size) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  std::vector<Bytes> batch;
  while (batch.size() < static_cast<std::size_t>(thread_count())) {
    Bytes block;
    bool ended = false;
    while (!ended && block.size() < block_size) {
      const std::size_t old_size = block.size();
      block.resize(old_size + std::min(kStep, block_size - old_size));
      const std::size_t got = content(std::span(block).subspan(old_size));
      ended = got < block.size() - old_size;
      block.resize(old_size + got);
    }
    if (!block.empty()) batch.push_back(std::move(block));
    if (ended) break;
  }
  return batch;
}

class Compressor {
 public:
  Compressor(const ByteSink& archive, const ArchiveModel& model, const CompressOptions& options)
      : archive_(archive), model_(model) {
    header_.block_size = options.block_size;
    header_.raw_size = options.raw_size;
    header_.spec = model.spec();
    header_.learned = model.learned();
    header_.probe = model.probe();
    if (options.raw_size.value_or(0) > kMaxBlocks * std::uint64_t{options.block_size}) {
      throw too_many_blocks();
    }
    put(write_header(header_));
  }

  void add(std::span<const Bytes> contents) {
    std::vector<StoredBlock> blocks(contents.size());
    const std::size_t first = index_.block_sizes.size();
    parallel_for(blocks.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) blocks[i] = model_.encode(first + i, contents[i]);
    });
    for (StoredBlock& block : blocks) {
      check_count();
      Bytes bytes;
      append_block(header_, block, bytes);
      put(bytes);
      index_.block_sizes.push_back(static_cast<std::uint32_t>(block.size));
      index_.raw_size += block.raw_size;
    }
  }

  ArchiveSizes finish() {
    if (header_.raw_size.value_or(index_.raw_size) != index_.raw_size) {
      throw ArchiveError(fmt::format("changed while it was read: {} bytes, not {}; try again",
                                     index_.raw_size, *header_.raw_size));
    }
    put(write_index(header_, index_));
    return {.raw_bytes = index_.raw_size,
            .archive_bytes = archive_bytes_,
            .blocks = index_.block_sizes.size()};
  }

 private:
  void put(ByteView bytes) {
    archive_(bytes);
    archive_bytes_ += bytes.size();
  }

  void check_count() const {
    if (index_.block_sizes.size() < kMaxBlocks) return;
    throw too_many_blocks();
  }

  [[nodiscard]] ArchiveError too_many_blocks() const {
    return ArchiveError(fmt::format("needs more than {} blocks of {} bytes; take larger ones",
                                    kMaxBlocks, header_.block_size));
  }

  const ByteSink& archive_;
  const ArchiveModel& model_;
  ArchiveHeader header_;
  ArchiveIndex index_;
  std::uint64_t archive_bytes_ = 0;
};

// Messages count blocks from 1.
[[noreturn]] void fail_in_block(const ArchiveHeader& header, const BlockJob& job) {
  const ByteRange range = content_range(header, job.number, header.raw_size);
  try {
    std::rethrow_exception(job.error);
  } catch (const ArchiveError& error) {
    throw ArchiveError(fmt::format(
        "block {} (bytes {} to {} of the content) {}; `salvage` saves the others", job.number + 1,
        range.begin, std::max(range.begin + 1, range.end) - 1, error.what()));
  }
}

ArchiveError cannot_be_made(const ArchiveHeader& header, const Error& error) {
  return ArchiveError(fmt::format("was made with {}, which this zipdream does not have ({})",
                                  header.spec, error.what()));
}

void check_spec(const ArchiveHeader& header) {
  try {
    static_cast<void>(Spec::parse(header.spec));
  } catch (const Error& error) {
    throw cannot_be_made(header, error);
  }
}

// One archive, from behind its header.
ArchiveSizes read_one(const ArchiveHeader& header, const ByteSource& archive,
                      const ByteSink& content, const OpenModel& open) {
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

// Of the archive that follows another; none where all ends.
std::optional<ArchiveHeader> next_header(const ByteSource& archive) {
  std::array<Byte, kArchiveMagic.size()> magic{};
  const std::size_t got = archive(magic);
  if (got == 0) return std::nullopt;
  if (got < magic.size() || magic != kArchiveMagic) {
    throw ArchiveError("is followed by other bytes; cut them off");
  }
  std::size_t given = 0;
  return read_header([&](std::span<Byte> buffer) {
    const std::size_t again = std::min(buffer.size(), magic.size() - given);
    std::copy_n(magic.begin() + static_cast<std::ptrdiff_t>(given), again, buffer.begin());
    given += again;
    return again == buffer.size() ? again : again + archive(buffer.subspan(again));
  });
}

void check(const CompressOptions& options) {
  if (options.block_size >= kMinBlockSize && options.block_size <= kMaxBlockSize) return;
  throw Error::of_option("block_size", std::to_string(options.block_size),
                         fmt::format("must be {} to {}", kMinBlockSize, kMaxBlockSize),
                         fmt::format("take {}", kDefaultBlockSize));
}

ByteSource source_of(ByteView bytes) {
  return [bytes](std::span<Byte> buffer) mutable {
    const std::size_t count = std::min(buffer.size(), bytes.size());
    std::copy_n(bytes.begin(), count, buffer.begin());
    bytes = bytes.subspan(count);
    return count;
  };
}

}  // namespace

ArchiveSizes compress_stream(const ByteSource& content, const ByteSink& archive,
                             const ArchiveModel& model, const CompressOptions& options) {
  assert(options.block_size >= kMinBlockSize && options.block_size <= kMaxBlockSize);
  Compressor compressor(archive, model, options);
  for (;;) {
    const std::vector<Bytes> batch = read_batch(content, options.block_size);
    compressor.add(batch);
    const bool is_last = batch.size() < static_cast<std::size_t>(thread_count()) ||
                         batch.back().size() < options.block_size;
    if (is_last) return compressor.finish();
  }
}

std::shared_ptr<const ArchiveModel> open_model(const ArchiveHeader& header,
                                               const ModelSearch& search, OnCoded on_coded) {
  check_spec(header);
  const Spec spec = find_learned_models(header, search);
  try {
    return std::make_shared<ArchiveModel>(spec, std::move(on_coded));
  } catch (const Error& error) {
    throw cannot_be_made(header, error);
  }
}

ArchiveSizes decompress_stream(const ByteSource& archive, const ByteSink& content,
                               const OpenModel& open) {
  ArchiveSizes sizes;
  for (std::optional<ArchiveHeader> header = read_header(archive); header;
       header = next_header(archive)) {
    const ArchiveSizes more = read_one(*header, archive, content, open);
    sizes.raw_bytes += more.raw_bytes;
    sizes.archive_bytes += more.archive_bytes;
    sizes.blocks += more.blocks;
  }
  return sizes;
}

Bytes compress(ByteView content, const Spec& model, const CompressOptions& options) {
  Bytes archive;
  CompressOptions known = options;
  known.raw_size = content.size();
  compress(
      source_of(content),
      [&](ByteView bytes) { archive.insert(archive.end(), bytes.begin(), bytes.end()); }, model,
      known);
  return archive;
}

ArchiveSizes compress(const ByteSource& content, const ByteSink& archive, const Spec& model,
                      const CompressOptions& options, const OnCoded& on_coded) {
  check(options);
  return compress_stream(content, archive, ArchiveModel(model, on_coded), options);
}

ArchiveSizes compress_by_content(const ByteSource& content, const ByteSink& archive,
                                 const CompressOptions& options, const OnCoded& on_coded,
                                 std::string* chosen) {
  check(options);
  const MakeModel make = [&](const std::string& spec) {
    return std::make_shared<const ArchiveModel>(Spec::parse(spec), on_coded);
  };
  const AutomaticSizes result = compress_automatically(content, archive, make, options);
  if (chosen != nullptr) *chosen = result.chosen;
  return result.sizes;
}

Bytes decompress(ByteView archive, const DecompressOptions& options) {
  Bytes content;
  decompress(
      source_of(archive),
      [&](ByteView bytes) {
        if (content.size() + bytes.size() > options.max_size) {
          throw Error(Error::Kind::kFailure, "the archive",
                      fmt::format("holds more than {} bytes", options.max_size), "allow more");
        }
        content.insert(content.end(), bytes.begin(), bytes.end());
      },
      options.search);
  return content;
}

ArchiveSizes decompress(const ByteSource& archive, const ByteSink& content,
                        const ModelSearch& search, const OnCoded& on_coded) {
  return decompress_stream(archive, content, [&](const ArchiveHeader& header) {
    return open_model(header, search, on_coded);
  });
}

}  // namespace zipdream
