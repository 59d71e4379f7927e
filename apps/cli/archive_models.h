// SPDX-License-Identifier: Apache-2.0
// The models of a run of compress, decompress, test or info, each loaded once however many files
// are made with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "archive/archive.h"

namespace zipdream {

// Threads: one.
class ArchiveModels {
 public:
  // `given`: ModelSearch::models.
  explicit ArchiveModels(std::vector<std::string> given = {}) : given_(std::move(given)) {}

  // Who is told from now on of bytes that are coded; nobody, if empty.
  void tell(OnCoded on_coded) { on_coded_ = std::move(on_coded); }

  [[nodiscard]] std::shared_ptr<const ArchiveModel> make(const std::string& spec);

  // For the archive at `path`, which may be "-". Throws as open_model() does.
  [[nodiscard]] std::shared_ptr<const ArchiveModel> open(const ArchiveHeader& header,
                                                         const std::string& path);

  // Whether somebody said where the models are.
  [[nodiscard]] bool are_given() const { return !given_.empty(); }

  // Where the models of the archive at `path` may be.
  [[nodiscard]] ModelSearch search_for(const std::string& path) const;

 private:
  // Calls on_coded_ as it is then.
  [[nodiscard]] OnCoded teller();

  std::vector<std::string> given_;
  OnCoded on_coded_;
  std::shared_ptr<const ArchiveModel> last_;
  std::string last_name_;  // what it was asked for by
};

}  // namespace zipdream
