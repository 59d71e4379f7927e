// SPDX-License-Identifier: Apache-2.0
// Archives in memory, for tests.
#pragma once

#include <optional>
#include <string>

#include "archive/archive.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Gives `bytes` piece by piece. REQUIRES: they outlive it.
[[nodiscard]] ByteSource source_of(ByteView bytes);
[[nodiscard]] ArchiveFile file_of(ByteView bytes);

struct PackOptions {
  std::size_t block_size = 1024;
  bool tell_size = true;
};
[[nodiscard]] Bytes pack(ByteView content, const ArchiveModel& model, PackOptions options = {});
[[nodiscard]] Bytes pack(ByteView content, const std::string& spec, PackOptions options = {});

// What decompress_stream() gives, by the model that the header names or by the one that is given.
[[nodiscard]] Bytes unpack(ByteView archive);
[[nodiscard]] Bytes unpack(ByteView archive, const std::string& model);

// The archive with another header, its own blocks, and so all checks wrong but the header's.
[[nodiscard]] Bytes with_header(ByteView archive, ArchiveHeader header);

// The text of the ArchiveError that unpack() throws; "" if it throws none.
[[nodiscard]] std::string unpack_error(ByteView archive);

struct Salvaged {
  Bytes content;
  Salvage report;
};
[[nodiscard]] Salvaged salvage(ByteView archive);

}  // namespace zipdream
