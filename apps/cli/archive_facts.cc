// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/archive_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/files.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::optional<ArchiveFacts> facts_of(const std::string& path, const ArchiveFile& archive) {
  std::array<Byte, kArchiveMagic.size()> start{};
  if (archive.read_at(0, start) < start.size() || start != kArchiveMagic) return std::nullopt;
  try {
    return ArchiveFacts{archive.size, read_archive_info(archive)};
  } catch (const ArchiveError& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace

std::optional<ArchiveFacts> archive_facts(const std::string& path) {
  const InputFile file(path);
  const std::optional<std::uint64_t> size = file.size();
  if (!size) return std::nullopt;
  return facts_of(path, {.size = *size, .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
                           return file.read_at(offset, room);
                         }});
}

std::optional<ArchiveFacts> archive_facts(const std::string& path, ByteView content) {
  return facts_of(
      path, {.size = content.size(), .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
               const ByteView rest = content.subspan(std::min<std::size_t>(offset, content.size()));
               const std::size_t count = std::min(rest.size(), room.size());
               std::ranges::copy(rest.first(count), room.begin());
               return count;
             }});
}

}  // namespace zipdream
