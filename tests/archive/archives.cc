// SPDX-License-Identifier: Apache-2.0
#include "tests/archive/archives.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "zipdream/registry.h"

namespace zipdream {
namespace {

ByteSink sink_to(Bytes& bytes) {
  return [&bytes](ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
}

const OpenModel kByRegistry = [](const ArchiveHeader& header) { return open_model(header); };

}  // namespace

ByteSource source_of(ByteView bytes) {
  return [bytes](std::span<Byte> room) mutable {
    const std::size_t count = std::min(room.size(), bytes.size());
    std::ranges::copy(bytes.first(count), room.begin());
    bytes = bytes.subspan(count);
    return count;
  };
}

ArchiveFile file_of(ByteView bytes) {
  return {.size = bytes.size(), .read_at = [bytes](std::uint64_t offset, std::span<Byte> room) {
            return source_of(bytes.subspan(std::min<std::size_t>(offset, bytes.size())))(room);
          }};
}

Bytes pack(ByteView content, const ArchiveModel& model, PackOptions options) {
  Bytes archive;
  CompressOptions compress{.block_size = options.block_size};
  if (options.tell_size) compress.raw_size = content.size();
  compress_stream(source_of(content), sink_to(archive), model, compress);
  return archive;
}

Bytes pack(ByteView content, const std::string& spec, PackOptions options) {
  return pack(content, ArchiveModel(Spec::parse(spec)), options);
}

Bytes unpack(ByteView archive) {
  Bytes content;
  decompress_stream(source_of(archive), sink_to(content), kByRegistry);
  return content;
}

Bytes unpack(ByteView archive, const std::string& model) {
  Bytes content;
  decompress_stream(source_of(archive), sink_to(content), [&](const ArchiveHeader& /*header*/) {
    return std::make_shared<ArchiveModel>(Spec::parse(model));
  });
  return content;
}

Bytes with_header(ByteView archive, ArchiveHeader header) {
  const ArchiveHeader old = read_header(source_of(archive));
  Bytes bytes = write_header(header);
  const ByteView rest = archive.subspan(old.size);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

std::string unpack_error(ByteView archive) {
  try {
    static_cast<void>(unpack(archive));
  } catch (const ArchiveError& error) {
    return error.what();
  }
  return "";
}

Salvaged salvage(ByteView archive) {
  Salvaged result;
  result.report = salvage_archive(file_of(archive), sink_to(result.content), kByRegistry);
  return result;
}

}  // namespace zipdream
