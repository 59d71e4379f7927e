// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/archive_models.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/checksum.h"

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

}  // namespace zipdream
