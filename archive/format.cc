// SPDX-License-Identifier: Apache-2.0
#include "archive/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <span>
#include <utility>

#include "base/checksum.h"
#include "base/encodings.h"

namespace zipdream {
namespace {

constexpr std::string_view kArithmeticSpecs = "arith:";

// Bits of a header's flags and of a block's first byte; the others are zero.
constexpr Byte kHasRawSize = 1;
constexpr Byte kHasLearned = 2;
constexpr Byte kIsBlock = 1;  // zero in all else: the index begins
constexpr Byte kIsRaw = 2;
constexpr Byte kIsShort = 4;

constexpr std::size_t kMaxBlockOverhead = 1 + 4 + 4 + 8 + 4 + 4;
constexpr std::uint64_t kMaxIndexSize = 1 + 4 + kMaxBlocks * 4 + 10 + kFooterSize;

template <typename Number>
void append_fixed(Number number, Bytes& out) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    out.push_back(static_cast<Byte>(number >> (8 * i)));
  }
}

template <typename Number>
Number fixed_number(ByteView bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number |= Number{bytes[i]} << (8 * i);
  return number;
}

ArchiveError ended() { return ArchiveError("ends too early; fetch it again"); }
ArchiveError damaged_header() { return ArchiveError("the header is damaged; fetch it again"); }
ArchiveError damaged_index() {
  return ArchiveError("the index at the end is damaged; fetch it again");
}

// Reads fields and keeps their bytes for the check. Everything it refuses is `damage`, a missing
// byte is `end`.
class FieldReader {
 public:
  FieldReader(const ByteSource& source, ArchiveError damage, ArchiveError end)
      : source_(source), damage_(std::move(damage)), end_(std::move(end)) {}

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  ByteView take(std::size_t count) {
    const std::size_t start = bytes_.size();
    bytes_.resize(start + count);
    const auto field = std::span(bytes_).subspan(start);
    if (source_(field) < count) throw end_;
    return field;
  }

  Byte take_byte() { return take(1).front(); }

  template <typename Number>
  Number take_fixed() {
    return fixed_number<Number>(take(sizeof(Number)));
  }

  std::uint64_t take_number(std::uint64_t min, std::uint64_t max) {
    const std::size_t start = bytes_.size();
    while (take_byte() >= 0x80) {
      if (bytes_.size() - start == 10) throw damage_;
    }
    ByteView digits = ByteView(bytes_).subspan(start);
    const std::optional<std::uint64_t> number = take_varint(digits);
    if (!number || *number < min || *number > max) throw damage_;
    return *number;
  }

 private:
  const ByteSource& source_;
  ArchiveError damage_;
  ArchiveError end_;
  Bytes bytes_;
};

bool is_printable(Byte byte) { return byte > 0x20 && byte < 0x7f; }

bool has_probe(std::string_view spec) { return spec.starts_with(kArithmeticSpecs); }

std::uint64_t max_raw_size(std::size_t block_size) {
  return std::uint64_t{block_size} * kMaxBlocks;
}

std::vector<LearnedContent> take_learned(FieldReader& fields) {
  std::vector<LearnedContent> learned(fields.take_number(1, kMaxLearned));
  for (LearnedContent& content : learned) {
    content.size = fields.take_number(0, UINT64_MAX);
    const ByteView sha256 = fields.take(kSha256Size);
    content.sha256.assign(sha256.begin(), sha256.end());
  }
  return learned;
}

// What a check of a block or an index begins with: whose they are.
std::uint32_t check_in(const ArchiveHeader& header, std::optional<std::uint64_t> number,
                       ByteView fields) {
  Bytes owner;
  append_fixed(header.check, owner);
  if (number) append_fixed(*number, owner);
  return crc32_of(fields, crc32_of(owner));
}

// Whether read_header() would read it.
bool is_writable(const ArchiveHeader& header) {
  const auto is_right = [](const LearnedContent& content) {
    return content.sha256.size() == kSha256Size;
  };
  return header.version >= 1 && header.version <= kArchiveVersion &&
         header.block_size >= kMinBlockSize && header.block_size <= kMaxBlockSize &&
         header.raw_size.value_or(0) <= max_raw_size(header.block_size) && !header.spec.empty() &&
         header.spec.size() <= kMaxSpecSize && std::ranges::all_of(header.spec, is_printable) &&
         header.learned.size() <= (header.version == 1 ? 0 : kMaxLearned) &&
         std::ranges::all_of(header.learned, is_right) &&
         header.probe.has_value() == has_probe(header.spec);
}

}  // namespace

Bytes write_header(ArchiveHeader& header) {
  if (!is_writable(header)) throw ArchiveError("would have a header that nobody can read");
  Bytes out(kArchiveMagic.begin(), kArchiveMagic.end());
  out.push_back(static_cast<Byte>(header.version));
  out.push_back(static_cast<Byte>((header.raw_size ? kHasRawSize : 0) |
                                  (header.learned.empty() ? 0 : kHasLearned)));
  append_varint(header.block_size, out);
  if (header.raw_size) append_varint(*header.raw_size, out);
  append_varint(header.spec.size(), out);
  out.insert(out.end(), header.spec.begin(), header.spec.end());
  if (!header.learned.empty()) append_varint(header.learned.size(), out);
  for (const LearnedContent& content : header.learned) {
    append_varint(content.size, out);
    out.insert(out.end(), content.sha256.begin(), content.sha256.end());
  }
  if (header.probe) append_fixed(*header.probe, out);
  header.check = crc32_of(out);
  append_fixed(header.check, out);
  header.size = out.size();
  return out;
}

ArchiveHeader read_header(const ByteSource& source) {
  FieldReader fields(source, damaged_header(), ended());
  if (!std::ranges::equal(fields.take(kArchiveMagic.size()), kArchiveMagic)) {
    throw ArchiveError("is no .zd archive; `zipdream info` says what it is");
  }
  ArchiveHeader header;
  header.version = fields.take_byte();
  if (header.version < 1 || header.version > kArchiveVersion) {
    throw ArchiveError(
        fmt::format("is of version {} of the format, and this zipdream reads 1 to {}; take a newer "
                    "one",
                    header.version, kArchiveVersion));
  }
  const Byte flags = fields.take_byte();
  if (flags > (kHasRawSize | (header.version == 1 ? 0 : kHasLearned))) throw damaged_header();
  header.block_size = fields.take_number(kMinBlockSize, kMaxBlockSize);
  if ((flags & kHasRawSize) != 0) {
    header.raw_size = fields.take_number(0, max_raw_size(header.block_size));
  }
  const ByteView spec = fields.take(fields.take_number(1, kMaxSpecSize));
  if (!std::ranges::all_of(spec, is_printable)) throw damaged_header();
  header.spec = as_chars(spec);
  if ((flags & kHasLearned) != 0) header.learned = take_learned(fields);
  if (has_probe(header.spec)) header.probe = fields.take_fixed<std::uint32_t>();
  header.check = crc32_of(fields.bytes());
  if (fields.take_fixed<std::uint32_t>() != header.check) throw damaged_header();
  header.size = fields.bytes().size();
  return header;
}

void append_block(const ArchiveHeader& header, StoredBlock& block, Bytes& out) {
  const std::size_t start = out.size();
  const bool is_short = block.raw_size < header.block_size;
  assert(block.raw_size > 0 && block.raw_size <= header.block_size);
  assert(block.is_raw ? block.payload.size() == block.raw_size
                      : block.payload.size() < block.raw_size);
  out.push_back(
      static_cast<Byte>(kIsBlock | (block.is_raw ? kIsRaw : 0) | (is_short ? kIsShort : 0)));
  if (is_short) append_varint(block.raw_size, out);
  if (!block.is_raw) append_varint(block.payload.size(), out);
  append_fixed(block.content_check, out);
  if (!block.is_raw) {
    block.payload_check = crc32_of(block.payload);
    append_fixed(block.payload_check, out);
  }
  append_fixed(check_in(header, block.number, ByteView(out).subspan(start)), out);
  out.insert(out.end(), block.payload.begin(), block.payload.end());
  block.size = out.size() - start;
}

std::optional<StoredBlock> read_block(const ArchiveHeader& header, std::uint64_t number,
                                      const ByteSource& source) {
  const ArchiveError damage("is damaged");
  const ArchiveError end("is cut off");
  FieldReader fields(source, damage, end);
  const Byte kind = fields.take_byte();
  if (kind == 0) return std::nullopt;
  if ((kind & kIsBlock) == 0 || kind > (kIsBlock | kIsRaw | kIsShort)) throw damage;
  StoredBlock block;
  block.number = number;
  block.is_raw = (kind & kIsRaw) != 0;
  block.raw_size =
      (kind & kIsShort) != 0 ? fields.take_number(1, header.block_size - 1) : header.block_size;
  const std::size_t payload_size =
      block.is_raw ? block.raw_size : fields.take_number(0, block.raw_size - 1);
  block.content_check = fields.take_fixed<std::uint64_t>();
  if (!block.is_raw) block.payload_check = fields.take_fixed<std::uint32_t>();
  const std::uint32_t check = check_in(header, number, fields.bytes());
  if (fields.take_fixed<std::uint32_t>() != check || number >= kMaxBlocks) throw damage;
  block.size = fields.bytes().size() + payload_size;

  constexpr std::size_t kStep = std::size_t{1} << 16;
  while (block.payload.size() < payload_size) {
    const std::size_t old_size = block.payload.size();
    block.payload.resize(old_size + std::min(kStep, payload_size - old_size));
    const auto part = std::span(block.payload).subspan(old_size);
    if (source(part) < part.size()) throw end;
  }
  return block;
}

void check_payload(const StoredBlock& block) {
  if (!block.is_raw && crc32_of(block.payload) != block.payload_check)
    throw ArchiveError("is damaged");
}

Bytes write_index(const ArchiveHeader& header, const ArchiveIndex& index) {
  Bytes out = {0};
  append_varint(index.block_sizes.size(), out);
  for (const std::uint32_t size : index.block_sizes) append_varint(size, out);
  append_varint(index.raw_size, out);
  append_fixed(static_cast<std::uint32_t>(out.size() + kFooterSize), out);
  append_fixed(check_in(header, std::nullopt, out), out);
  out.insert(out.end(), kArchiveEnd.begin(), kArchiveEnd.end());
  return out;
}

std::optional<std::uint64_t> index_size(ByteView footer) {
  if (footer.size() != kFooterSize) return std::nullopt;
  if (!std::ranges::equal(footer.last(kArchiveEnd.size()), kArchiveEnd)) return std::nullopt;
  const auto size = fixed_number<std::uint32_t>(footer);
  if (size <= kFooterSize || size > kMaxIndexSize) return std::nullopt;
  return size;
}

std::optional<std::uint64_t> bytes_of_blocks(ByteView index) {
  if (index.empty() || index.front() != 0) return std::nullopt;
  ByteView rest = index.subspan(1);
  const std::optional<std::uint64_t> count = take_varint(rest);
  if (!count || *count > kMaxBlocks) return std::nullopt;
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const std::optional<std::uint64_t> size = take_varint(rest);
    if (!size || *size > kMaxBlockSize + kMaxBlockOverhead) return std::nullopt;
    bytes += *size;
  }
  return bytes;
}

ArchiveIndex read_index(const ArchiveHeader& header, ByteView bytes) {
  ByteView rest = bytes;
  const ByteSource source = [&](std::span<Byte> buffer) {
    const std::size_t count = std::min(buffer.size(), rest.size());
    std::ranges::copy(rest.first(count), buffer.begin());
    rest = rest.subspan(count);
    return count;
  };
  FieldReader fields(source, damaged_index(), damaged_index());
  ArchiveIndex index;
  if (fields.take_byte() != 0) throw damaged_index();
  const std::uint64_t count = fields.take_number(0, kMaxBlocks);
  while (index.block_sizes.size() < count) {
    const std::uint64_t size = fields.take_number(1, header.block_size + kMaxBlockOverhead);
    index.block_sizes.push_back(static_cast<std::uint32_t>(size));
  }
  index.raw_size = fields.take_number(0, max_raw_size(header.block_size));
  const bool fits = (index.raw_size + header.block_size - 1) / header.block_size == count &&
                    header.raw_size.value_or(index.raw_size) == index.raw_size;
  if (!fits || !std::ranges::equal(write_index(header, index), bytes)) throw damaged_index();
  return index;
}

ByteRange content_range(const ArchiveHeader& header, std::uint64_t number,
                        std::optional<std::uint64_t> raw_size) {
  const std::uint64_t begin = number * header.block_size;
  const std::uint64_t end = begin + header.block_size;
  return {begin, std::min(end, raw_size.value_or(std::numeric_limits<std::uint64_t>::max()))};
}

}  // namespace zipdream
