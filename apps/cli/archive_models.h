// SPDX-License-Identifier: Apache-2.0
// The models of a run of compress, decompress, test or info, each loaded once however many files
// are made with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "base/files.h"
#include "zipdream/bytes.h"

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

// Proof that a file may go since what was made of it is whole: what was written is read from the
// disk again before it gets its name, and compared with what it was made of.

// What bytes come to that are not kept.
class ContentSum {
 public:
  void add(ByteView bytes);
  friend bool operator==(const ContentSum&, const ContentSum&) = default;

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t check_ = 0;  // CRC-64
};

// Throws Error unless `original`, opened again by its name, is still that file, and the archive
// gives back just its bytes. Reads both to their ends. `open` makes the model anew.
void prove_archive(InputFile& archive, const InputFile& original, const OpenModel& open);

// Throws Error unless the file that was written holds just what `sum` was taken of. `original` is
// what it was made of, for the error.
void prove_content(InputFile& written, const ContentSum& sum, const InputFile& original);

}  // namespace zipdream
