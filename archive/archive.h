// SPDX-License-Identifier: Apache-2.0
// .zd archives: content of any length, cut into blocks. Each is coded for itself, so that they are
// coded on all cores, are checked one by one, and a damaged one takes no other with it. The format
// is docs/format.md.
//
// All functions use the threads of base/parallel.h, and what they write does not depend on how many
// these are. They throw
//  - ArchiveError (format.h) for what is wrong with the archive or its content,
//  - the Errors of source, sink and model, and Interrupted when the user asks to stop.
// What they hand to the sink is right in any case, and complete when they return.
//
// Memory: for each thread two blocks, three when coding, and what the model takes; 4 bytes for each
// block. Sizes that an archive claims are bounded by its block size, and that by kMaxBlockSize.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "archive/archive_model.h"
#include "archive/format.h"
#include "zipdream/archive.h"
#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::size_t kDefaultBlockSize = CompressOptions().block_size;

// Throws ArchiveError when the content is not of the size that was told, or needs more than
// kMaxBlocks.
ArchiveSizes compress_stream(const ByteSource& content, const ByteSink& archive,
                             const ArchiveModel& model, const CompressOptions& options = {});

// The model for an archive with that header. It is checked by check_same_model() afterwards.
using OpenModel = std::function<std::shared_ptr<const ArchiveModel>(const ArchiveHeader& header)>;

// The model that the header's spec names, found by what it learned where it did. Throws
// ArchiveError when there is none.
[[nodiscard]] std::shared_ptr<const ArchiveModel> open_model(const ArchiveHeader& header,
                                                             const ModelSearch& search = {},
                                                             OnCoded on_coded = {});

// Reads the archives, one after the other all that the source gives, and checks everything there is
// to check.
ArchiveSizes decompress_stream(const ByteSource& archive, const ByteSink& content,
                               const OpenModel& open);

// An archive of which any part can be read.
struct ArchiveFile {
  std::uint64_t size = 0;
  // Fills `buffer` from that offset; returns less at the end only.
  std::function<std::size_t(std::uint64_t offset, std::span<Byte> buffer)> read_at;
};

struct Salvage {
  std::uint64_t raw_bytes = 0;            // written, zeros included
  std::optional<std::uint64_t> raw_size;  // of the whole content, if it is known
  std::vector<ByteRange> lost;            // parts of the content, ascending
  bool index_lost = false;  // the index is damaged or missing, and so perhaps are blocks
};

// Reads what decompress_stream() reads, but writes zeros in the place of a damaged block. Where an
// index is damaged too, or missing, all ends with the first archive, at the first block whose own
// header is damaged. Throws ArchiveError only for the archive's header and model.
[[nodiscard]] Salvage salvage_archive(const ArchiveFile& archive, const ByteSink& content,
                                      const OpenModel& open);

struct ArchiveInfo {
  ArchiveHeader header;
  ArchiveIndex index;
};

// Reads headers and indexes of all archives in the file, but no blocks. Throws ArchiveError when
// one is damaged.
[[nodiscard]] std::vector<ArchiveInfo> read_archive_info(const ArchiveFile& archive);

}  // namespace zipdream
