// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "archive/archive.h"
#include "zipdream/archive.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

ByteSource source_of(ByteView bytes) {
  return [bytes](std::span<Byte> buffer) mutable {
    const std::size_t count = std::min(buffer.size(), bytes.size());
    std::copy_n(bytes.begin(), count, buffer.begin());
    bytes = bytes.subspan(count);
    return count;
  };
}

}  // namespace

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
  if (options.block_size < kMinBlockSize || options.block_size > kMaxBlockSize) {
    throw Error::of_option("block_size", std::to_string(options.block_size),
                           fmt::format("must be {} to {}", kMinBlockSize, kMaxBlockSize),
                           fmt::format("take {}", kDefaultBlockSize));
  }
  return compress_stream(content, archive, ArchiveModel(model, on_coded), options);
}

Bytes decompress(ByteView archive, std::uint64_t max_size) {
  Bytes content;
  decompress(source_of(archive), [&](ByteView bytes) {
    if (content.size() + bytes.size() > max_size) {
      throw Error(Error::Kind::kFailure, "the archive",
                  fmt::format("holds more than {} bytes", max_size), "allow more");
    }
    content.insert(content.end(), bytes.begin(), bytes.end());
  });
  return content;
}

ArchiveSizes decompress(const ByteSource& archive, const ByteSink& content,
                        const OnCoded& on_coded) {
  return decompress_stream(
      archive, content, [&](const ArchiveHeader& header) { return open_model(header, on_coded); });
}

}  // namespace zipdream
