// SPDX-License-Identifier: Apache-2.0
// Which files a command reads and which it writes: the one place that decides that no output is a
// file that is read, whatever it is called there, nor another output. What may stand under an
// output's name is output_kinds.h's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "zipdream/spec.h"

namespace zipdream {

// Said of a command before it reads or computes anything: first all that it reads, then, one by
// one, what it writes.
class FileUse {
 public:
  // Standard output and standard error, where these are files, are outputs already.
  FileUse();

  // A file, or "-" for standard input; "" is none, and one that is missing is somebody else's
  // error.
  void reads(const std::string& path);

  // The files of the models that the spec names. Nothing that a loader looks for may be added
  // beside them either, as that would make another model of them.
  void reads_models_of(const Spec& spec);
  void reads_model_files(const std::vector<std::string>& paths);

  // A data set (experiments/data/data_set.h): a file, a folder with all that is in it, or a
  // pattern; random bytes are none. What would be part of it the next time may not be written.
  void reads_data(const std::string& word);

  // Standard output gets what the command prints, so that nothing else may be written there.
  void prints();

  // Throws a usage Error when the file is read or written otherwise, or would be among what is
  // read; the Error of check_writable() when it can't be written. `option` names it in errors:
  // "--view"; `path` may be "-". Writes nothing.
  void writes(const std::string& option, const std::string& path);

  // A folder to which files are added: it lies in no data that is read. Throws a usage Error.
  void writes_into(const std::string& option, const std::string& path);

  // Whether the file is one of the models'.
  [[nodiscard]] bool is_of_model(const std::string& path) const;

 private:
  struct Input {
    std::string name;
    FileId id;
    bool is_of_model = false;
  };
  struct DataPath {
    std::string path;
    bool is_pattern = false;
    std::vector<std::string> files;
  };
  struct Written {
    std::string option;
    std::string path;
    std::string place;              // folder and name, whether it is there or not
    std::optional<FileId> id;       // if it is there
    std::optional<int> descriptor;  // if it is one by name
    [[nodiscard]] bool is_same(const Written& other) const;
  };

  void check_inputs(const Written& output) const;
  void check_data(const Written& output) const;
  void check_models(const Written& output) const;
  void check_outputs(const Written& output) const;

  std::vector<Input> inputs_;
  std::vector<DataPath> data_;
  std::vector<std::string> model_folders_;
  std::vector<Written> outputs_;
  bool prints_ = false;
};

}  // namespace zipdream
