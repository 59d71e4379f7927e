// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/archive_models.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/checksum.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// What two archives of one model have in common.
std::string name_of(const ArchiveHeader& header, const std::string& folder) {
  std::string name = fmt::format("{} {} ", header.version, header.spec);
  if (header.version == 1) return name + folder;
  for (const LearnedContent& content : header.learned) name += hex(content.sha256);
  return name;
}

std::string folder_of(const std::string& path) {
  if (path == "-") return "";
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

OnCoded ArchiveModels::teller() {
  return [this](std::size_t count) {
    if (on_coded_) on_coded_(count);
  };
}

std::shared_ptr<const ArchiveModel> ArchiveModels::make(const std::string& spec) {
  if (last_ && last_name_ == spec) return last_;
  last_ = std::make_shared<ArchiveModel>(Spec::parse(spec), teller());
  last_name_ = spec;
  return last_;
}

std::shared_ptr<const ArchiveModel> ArchiveModels::open(const ArchiveHeader& header,
                                                        const std::string& path) {
  const std::string name = name_of(header, folder_of(path));
  if (last_ && last_name_ == name) return last_;
  last_ = open_model(header, search_for(path), teller());
  last_name_ = name;
  return last_;
}

ModelSearch ArchiveModels::search_for(const std::string& path) const {
  return {.models = given_, .beside = folder_of(path)};
}

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

Error no_proof(const InputFile& original, const std::string& what, const std::string& remedy) {
  return Error(Error::Kind::kFailure, original.path(),
               fmt::format("stays, and nothing was written: {}", what), remedy);
}

// The file of that name, if it is still the same one.
InputFile open_again(const InputFile& original) {
  InputFile again(original.path());
  if (again.id() == original.id()) return again;
  throw no_proof(original, "another file has its name meanwhile", "try again");
}

}  // namespace

void ContentSum::add(ByteView bytes) {
  bytes_ += bytes.size();
  check_ = crc64_of(bytes, check_);
}

void prove_archive(InputFile& archive, const InputFile& original, const OpenModel& open) {
  InputFile again = open_again(original);
  Bytes expected;
  std::uint64_t count = 0;
  const auto differ = [&] {
    return no_proof(original,
                    fmt::format("the archive does not give it back (from byte {} on)", count),
                    "try again, and have memory and disk checked");
  };
  try {
    decompress_stream(
        [&](std::span<Byte> room) { return archive.read(room); },
        [&](ByteView bytes) {
          expected.resize(bytes.size());
          expected.resize(again.read(expected));
          if (!std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) {
            throw differ();
          }
          count += bytes.size();
        },
        open);
  } catch (const ArchiveError& error) {
    throw no_proof(original, fmt::format("the archive can't be read again, it {}", error.what()),
                   "try again, and have memory and disk checked");
  }
  std::array<Byte, 1> more{};
  if (again.read(more) > 0) throw differ();
}

void prove_content(InputFile& written, const ContentSum& sum, const InputFile& original) {
  ContentSum found;
  Bytes piece(kPieceBytes);
  for (std::size_t got = piece.size(); got == piece.size();) {
    got = written.read(piece);
    found.add(ByteView(piece).first(got));
  }
  if (found == sum) return;
  throw no_proof(original, "its content is not on the disk as it was written",
                 "try again, and have memory and disk checked");
}

}  // namespace zipdream
