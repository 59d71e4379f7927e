// SPDX-License-Identifier: Apache-2.0
// The language models that are on this machine: in folders of zipdream's own and where other
// programs keep theirs. Nothing is fetched, and nothing but names and manifests is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zipdream {

struct LocalModel {
  // By which lm:NAME finds it: "english", "HuggingFaceTB/SmolLM2-135M", "llama3.2:1b",
  // "ORG/NAME/FILE" for a file of a repository, without ".gguf".
  std::string name;
  std::string path;    // of its folder or file
  std::string source;  // who keeps it there: "Hugging Face"
};

// The folders that are looked at, in this order:
//   zipdream       those of ZIPDREAM_MODELS, with a colon between any two; beside the program;
//                  zipdream/models in XDG_DATA_HOME (.local/share) and in each of XDG_DATA_DIRS
//                  (/usr/local/share and /usr/share)
//   Hugging Face   HF_HUB_CACHE, or hub in HF_HOME, or else .cache/huggingface/hub
//   llama.cpp      LLAMA_CACHE, or else .cache/llama.cpp
//   LM Studio      .lmstudio/models and .cache/lm-studio/models
//   Ollama         OLLAMA_MODELS, or else .ollama/models and that of the system's service
// .cache is XDG_CACHE_HOME where that is set, and otherwise in HOME, as the others are.
struct ModelFolder {
  std::string source;
  std::string path;
};
[[nodiscard]] std::vector<ModelFolder> model_folders();

// All that lie there, by folder and name; a split model by its first part. A folder that can't be
// read counts as empty.
[[nodiscard]] std::vector<LocalModel> local_models();

// The path of a model that a path or a name names: what exists under it, unless it is a folder that
// holds none; else the model of that name, whatever its case; else the one whose name ends in it,
// behind a slash, or which is the only file of a repository of that name, or Ollama's "latest". The
// first folder that has one decides. The path itself where there is none. Throws a usage Error that
// names them where it may mean several, and Error for a folder without a model where no model has
// its name.
[[nodiscard]] std::string find_model(const std::string& path);

}  // namespace zipdream
