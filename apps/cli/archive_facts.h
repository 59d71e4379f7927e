// SPDX-License-Identifier: Apache-2.0
// What `zipdream info` says of a .zd archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive.h"

namespace zipdream {

struct ArchiveFacts {
  std::uint64_t archive_bytes = 0;
  std::vector<ArchiveInfo> archives;  // one after the other; at least one
};

// Nothing when the file does not begin as an archive does, or not any part of it can be read at
// will. Throws Error when it is damaged or can't be read.
[[nodiscard]] std::optional<ArchiveFacts> archive_facts(const std::string& path);

// The same of a content that was read already. `path` is for the Error.
[[nodiscard]] std::optional<ArchiveFacts> archive_facts(const std::string& path, ByteView content);

}  // namespace zipdream
