// SPDX-License-Identifier: Apache-2.0
// The parts of a .zd archive and their bytes. docs/format.md is the format, byte by byte; this is
// that page in code. An archive is a header, blocks, and an index.
//
// The readers are strict: whatever they accept, the writers write as exactly the same bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

inline constexpr int kArchiveVersion = 2;  // what is written; version 1 is read too
inline constexpr std::array<Byte, 4> kArchiveMagic = {0xf5, 'Z', 'D', '\n'};
inline constexpr std::array<Byte, 4> kArchiveEnd = {'\n', 'D', 'Z', 0xf5};

inline constexpr std::size_t kMinBlockSize = std::size_t{1} << 10;
inline constexpr std::size_t kMaxBlockSize = std::size_t{1} << 26;
inline constexpr std::size_t kMaxBlocks = std::size_t{1} << 24;
inline constexpr std::size_t kMaxSpecSize = 255;
inline constexpr std::size_t kMaxLearned = 16;
inline constexpr std::size_t kSha256Size = 32;

// The last bytes of an archive: the size of the index, its check, kArchiveEnd.
inline constexpr std::size_t kFooterSize = 12;

// What is wrong with an archive, for the end of a sentence whose start is its name: "the header is
// damaged; fetch it again". What goes wrong in reading it is no such error.
class ArchiveError : public Error {
 public:
  explicit ArchiveError(const std::string& what) : Error(what) {}
};

// What a model learned beforehand, by its content.
struct LearnedContent {
  std::uint64_t size = 0;  // bytes of its files together
  Bytes sha256;            // 32 bytes

  friend bool operator==(const LearnedContent&, const LearnedContent&) = default;
};

struct ArchiveHeader {
  int version = kArchiveVersion;          // 1 or 2
  std::size_t block_size = 0;             // bytes of content in all blocks but the last
  std::optional<std::uint64_t> raw_size;  // of the content, if known beforehand
  std::string spec;                       // of the codec, portable (archive_model.h)
  std::vector<LearnedContent> learned;    // of the models in the spec that have files, in order
  std::optional<std::uint32_t> probe;     // see archive_model.h; of specs that begin with "arith:"

  std::uint32_t check = 0;  // at the end of the header; binds the blocks to their archive
  std::size_t size = 0;     // of the header in bytes
};

// Sets check and size. Throws ArchiveError for fields that read_header() would refuse.
[[nodiscard]] Bytes write_header(ArchiveHeader& header);

// Throws ArchiveError: no archive, of a newer version, damaged, ended.
[[nodiscard]] ArchiveHeader read_header(const ByteSource& source);

// A block as it stands in the archive.
struct StoredBlock {
  std::uint64_t number = 0;         // the first one is 0
  bool is_raw = false;              // the payload is the content
  std::size_t raw_size = 0;         // of the content: the archive's block size, less in the last
  std::uint64_t content_check = 0;  // CRC-64 of the content
  std::uint32_t payload_check = 0;  // CRC-32 of the payload, if it isn't raw
  Bytes payload;                    // smaller than the content, if it isn't raw
  std::size_t size = 0;             // of the whole block in the archive, in bytes
};

// Appends it and sets block.size. REQUIRES: block and header are within the limits.
void append_block(const ArchiveHeader& header, StoredBlock& block, Bytes& out);

// The block of that number, its payload not yet checked. Nothing where the index begins, whose
// first byte has then been read. Throws ArchiveError; memory stays proportional to what there is to
// read, up to the block size.
[[nodiscard]] std::optional<StoredBlock> read_block(const ArchiveHeader& header,
                                                    std::uint64_t number, const ByteSource& source);

// Throws ArchiveError if the payload is damaged.
void check_payload(const StoredBlock& block);

struct ArchiveIndex {
  std::vector<std::uint32_t> block_sizes;  // StoredBlock::size
  std::uint64_t raw_size = 0;
};

// From its first byte to the end of the archive.
[[nodiscard]] Bytes write_index(const ArchiveHeader& header, const ArchiveIndex& index);

// The size of the index (from its first byte to the end of the archive) by the last kFooterSize
// bytes of the archive; nothing if that is no end of an archive.
[[nodiscard]] std::optional<std::uint64_t> index_size(ByteView footer);

// The bytes of all blocks together by an index that nobody has checked yet; nothing if it makes no
// sense.
[[nodiscard]] std::optional<std::uint64_t> bytes_of_blocks(ByteView index);

// REQUIRES: bytes.size() is what index_size() gave. Throws ArchiveError when it is damaged, or
// contradicts the header.
[[nodiscard]] ArchiveIndex read_index(const ArchiveHeader& header, ByteView bytes);

// Bytes of the content: [begin, end).
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Where a block's content stands in all of the content, whose size is `raw_size` if known.
[[nodiscard]] ByteRange content_range(const ArchiveHeader& header, std::uint64_t number,
                                      std::optional<std::uint64_t> raw_size);

}  // namespace zipdream
