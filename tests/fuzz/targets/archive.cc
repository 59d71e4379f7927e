// SPDX-License-Identifier: Apache-2.0
// A .zd archive may be anything: all of it is read as a stream, by its index, and salvaged. What
// streams as whole has to come out the same in all three ways.
// libFuzzer: -max_len=3000
#include "archive/archive.h"

#include <string>

#include "tests/archive/archives.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxContent = std::size_t{1} << 15;

// Models whose decoders are slow would find nothing that quick ones don't.
std::shared_ptr<const ArchiveModel> open_quick(const ArchiveHeader& header) {
  if (header.spec.size() > 40 || header.spec.find("lm:") != std::string::npos) {
    throw ArchiveError("not here; take another model");
  }
  return open_model(header);
}

// Sinks end what a bomb would go on with.
ByteSink sink_to(Bytes& content) {
  return [&content](ByteView bytes) {
    if (content.size() + bytes.size() > kMaxContent) throw Error("too much; stop");
    content.insert(content.end(), bytes.begin(), bytes.end());
  };
}

}  // namespace

void fuzz(ByteView data) {
  Bytes streamed;
  const bool whole =
      accepts([&] { decompress_stream(source_of(data), sink_to(streamed), open_quick); });
  Bytes salvaged;
  Salvage salvage;
  const bool salvageable =
      accepts([&] { salvage = salvage_archive(file_of(data), sink_to(salvaged), open_quick); });
  std::uint64_t indexed_size = 0;
  const bool indexed = accepts([&] {
    for (const ArchiveInfo& info : read_archive_info(file_of(data))) {
      indexed_size += info.index.raw_size;
    }
  });
  if (!whole) return;
  check(salvageable && salvage.lost.empty() && !salvage.index_lost, "whole, and yet lost");
  check(salvaged == streamed, "salvaged is not streamed");
  check(indexed && indexed_size == streamed.size(), "the index is wrong about the size");
}

}  // namespace zipdream
