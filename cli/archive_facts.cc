// SPDX-License-Identifier: Apache-2.0
#include "cli/archive_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/error.h"
#include "base/input_file.h"

namespace zipdream {

std::optional<ArchiveFacts> archive_facts(const std::string& path) {
  const InputFile file(path);
  const std::optional<std::uint64_t> size = file.size();
  std::array<Byte, kArchiveMagic.size()> start{};
  if (!size || file.read_at(0, start) < start.size() || start != kArchiveMagic) return std::nullopt;
  const ArchiveFile archive{.size = *size,
                            .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
                              return file.read_at(offset, room);
                            }};
  try {
    return ArchiveFacts{*size, read_archive_info(archive)};
  } catch (const ArchiveError& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace zipdream
