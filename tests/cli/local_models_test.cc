// SPDX-License-Identifier: Apache-2.0
// Models where programs keep them, in homes made for the test: lm:NAME, `zipdream models` and
// `zipdream info`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_gguf.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// What the commands see of the environment, put back when the test ends.
class Environment {
 public:
  ~Environment() {
    for (const auto& [name, value] : before_) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }
  void set(const std::string& name, const std::string& value) {
    keep(name);
    setenv(name.c_str(), value.c_str(), 1);
  }
  void unset(const std::string& name) {
    keep(name);
    unsetenv(name.c_str());
  }

 private:
  void keep(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    before_.emplace(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
  }
  std::map<std::string, std::optional<std::string>> before_;
};

class LocalModels : public testing::Test {
 protected:
  LocalModels() {
    environment_.set("XDG_CACHE_HOME", home_ / ".cache");
    for (const char* name :
         {"HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS", "ZIPDREAM_MODELS"}) {
      environment_.unset(name);
    }
    environment_.unset("XDG_DATA_HOME");
    environment_.set("XDG_DATA_DIRS", home_ / "none");
    environment_.set("HOME", home_.path());
  }

  [[nodiscard]] std::string at(const std::string& path) const { return home_ / path; }

  void write(const std::string& path, ByteView content) const {
    fs::create_directories(fs::path(at(path)).parent_path());
    write_file(at(path), content);
  }

  // A model that the seed of its width tells from others.
  static Bytes gguf(std::size_t width = 8) {
    return as_gguf(tiny_llama(true, width), "F32").file();
  }

  // models--ORG--NAME with one revision, its files links to blobs as the library lays them.
  void put_hugging_face(const std::string& hub, const std::string& name,
                        const std::string& revision = "abc") const {
    const std::string blobs = at(hub + "/models--" + name + "/blobs");
    const std::string snapshot = at(hub + "/models--" + name + "/snapshots/" + revision);
    fs::create_directories(blobs);
    fs::create_directories(snapshot);
    tiny_llama(true).write(blobs);
    for (const auto& entry : fs::directory_iterator(blobs)) {
      fs::create_symlink(entry.path(), fs::path(snapshot) / entry.path().filename());
    }
    write(hub + "/models--" + name + "/refs/main", to_bytes(revision + "\n"));
  }

  void put_ollama(const std::string& folder, const std::string& manifest,
                  const std::string& digest) const {
    const nlohmann::json json = {
        {"schemaVersion", 2},
        {"layers",
         {{{"mediaType", "application/vnd.ollama.image.license"}, {"digest", "sha256:00"}},
          {{"mediaType", "application/vnd.ollama.image.model"}, {"digest", digest}}}}};
    write(folder + "/manifests/registry.ollama.ai/" + manifest, to_bytes(json.dump()));
  }

  static std::string prediction(const std::string& model) {
    const ProcessResult result = run_zipdream({"predict", model, "-p", "abc", "--json"});
    EXPECT_EQ(result.exit_code, 0) << model << ": " << result.err;
    nlohmann::json json = nlohmann::json::parse(result.out, nullptr, false);
    json.erase("model");
    return json.dump();
  }

  // What `zipdream models --json` says of all, by name.
  static std::map<std::string, nlohmann::json> listed(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"models", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::map<std::string, nlohmann::json> models;
    const auto json = nlohmann::json::parse(result.out, nullptr, false);
    for (const auto& model : json["models"]) {
      models[model["name"]] = model;
    }
    return models;
  }

  const TemporaryFolder home_;
  Environment environment_;
};

TEST_F(LocalModels, AreFoundByNameWhereEachProgramKeepsThem) {
  put_hugging_face(".cache/huggingface/hub", "Some--Tiny-Model");
  write(".cache/llama.cpp/org_repo_file.gguf", gguf(8));
  write(".lmstudio/models/publisher/repo/quantised.gguf", gguf(16));
  write(".ollama/models/blobs/sha256-" + std::string(64, 'a'), gguf(24));
  put_ollama(".ollama/models", "library/small/latest", "sha256:" + std::string(64, 'a'));
  write("mine/own.gguf", gguf(32));
  environment_.set("ZIPDREAM_MODELS", at("mine"));

  const std::vector<std::pair<std::string, std::string>> names = {
      {"lm:Some/Tiny-Model", ".cache/huggingface/hub/models--Some--Tiny-Model/snapshots/abc"},
      {"lm:tiny-model", ".cache/huggingface/hub/models--Some--Tiny-Model/snapshots/abc"},
      {"lm:org_repo_file", ".cache/llama.cpp/org_repo_file.gguf"},
      {"lm:org_repo_file.gguf", ".cache/llama.cpp/org_repo_file.gguf"},
      {"lm:publisher/repo", ".lmstudio/models/publisher/repo/quantised.gguf"},
      {"lm:quantised", ".lmstudio/models/publisher/repo/quantised.gguf"},
      {"lm:small", ".ollama/models/blobs/sha256-" + std::string(64, 'a')},
      {"lm:\"small:latest\"", ".ollama/models/blobs/sha256-" + std::string(64, 'a')},
      {"lm:own", "mine/own.gguf"}};
  for (const auto& [name, path] : names) {
    EXPECT_EQ(prediction(name), prediction("lm:" + at(path))) << name;
  }
}

TEST_F(LocalModels, AreLookedForWhereTheEnvironmentSays) {
  put_hugging_face("hf/hub", "a--in-home");
  put_hugging_face("other-hub", "a--in-hub");
  write("llama/in-llama.gguf", gguf());
  write("xdg/llama.cpp/in-xdg.gguf", gguf());
  write("ollama/blobs/sha256-" + std::string(64, 'b'), gguf());
  put_ollama("ollama", "library/in-ollama/1b", "sha256:" + std::string(64, 'b'));
  environment_.set("HF_HOME", at("hf"));
  environment_.set("XDG_CACHE_HOME", at("xdg"));
  environment_.set("OLLAMA_MODELS", at("ollama"));
  auto models = listed();
  EXPECT_TRUE(models.contains("a/in-home"));
  EXPECT_TRUE(models.contains("in-xdg"));
  EXPECT_TRUE(models.contains("in-ollama:1b"));
  environment_.set("HF_HUB_CACHE", at("other-hub"));
  environment_.set("LLAMA_CACHE", at("llama"));
  models = listed();
  EXPECT_TRUE(models.contains("a/in-hub"));
  EXPECT_FALSE(models.contains("a/in-home"));
  EXPECT_TRUE(models.contains("in-llama"));
  EXPECT_FALSE(models.contains("in-xdg"));
}

TEST_F(LocalModels, AreLookedForWhereAUsersAndASystemsProgramsKeepTheirData) {
  write(".local/share/zipdream/models/at-home.gguf", gguf());
  write("share/zipdream/models/of-system.gguf", gguf());
  environment_.set("XDG_DATA_DIRS", "relative:" + at("none") + ":" + at("share"));
  auto models = listed();
  EXPECT_TRUE(models.contains("at-home"));
  EXPECT_TRUE(models.contains("of-system"));
  write("data/zipdream/models/elsewhere.gguf", gguf());
  environment_.set("XDG_DATA_HOME", at("data"));
  models = listed();
  EXPECT_TRUE(models.contains("elsewhere"));
  EXPECT_FALSE(models.contains("at-home"));
}

TEST_F(LocalModels, MayBeFoldersOfOneFile) {
  write("mine/single/model.gguf", gguf(16));
  environment_.set("ZIPDREAM_MODELS", at("mine"));
  EXPECT_EQ(prediction("lm:single"), prediction("lm:" + at("mine/single/model.gguf")));
  EXPECT_TRUE(listed({"single"}).contains("single"));
  write("mine/single/other.gguf", gguf(8));
  expect_refusal({"predict", "lm:single", "-p", "x"}, 1, {"which of its 2 .gguf files? name one"});
  EXPECT_TRUE(listed({"single"}).contains("single/other"));
}

TEST_F(LocalModels, OfTheSameNameAreTakenFromTheFirstFolder) {
  write("mine/same.gguf", gguf(16));
  write(".cache/llama.cpp/same.gguf", gguf(8));
  EXPECT_EQ(prediction("lm:same"), prediction("lm:" + at(".cache/llama.cpp/same.gguf")));
  environment_.set("ZIPDREAM_MODELS", at("mine"));
  EXPECT_EQ(prediction("lm:same"), prediction("lm:" + at("mine/same.gguf")));
}

TEST_F(LocalModels, AreFoundBehindAFolderOfTheirNameThatHasNone) {
  write(".cache/llama.cpp/talking.gguf", gguf(16));
  write("work/talking/notes.txt", to_bytes("no model"));
  const std::string by_path = prediction("lm:" + at(".cache/llama.cpp/talking.gguf"));
  const fs::path before = fs::current_path();
  fs::current_path(at("work"));
  EXPECT_EQ(prediction("lm:talking"), by_path);
  fs::create_directories(at("work/notes"));
  expect_refusal({"predict", "lm:notes", "-p", "x"}, 1,
                 {"notes: no model is in it", "nor is there one of that name"});
  expect_refusal({"predict", "lm:./talking", "-p", "x"}, 1, {"./talking: no model is in it"});
  write("work/talking/own.gguf", gguf(8));
  EXPECT_EQ(prediction("lm:talking"), prediction("lm:" + at("work/talking/own.gguf")));
  write("work/talking/second.gguf", gguf(8));
  expect_refusal({"predict", "lm:talking", "-p", "x"}, 1, {"which of its 2 .gguf files?"});
  fs::current_path(before);
}

TEST_F(LocalModels, ThatANameMayMeanAreAllNamed) {
  write(".lmstudio/models/a/repo/one.gguf", gguf());
  write(".lmstudio/models/a/repo/two.gguf", gguf());
  write(".lmstudio/models/b/other/one.gguf", gguf());
  expect_refusal({"predict", "lm:one", "-p", "x"}, 2, {"a/repo/one, b/other/one", "name one"});
  expect_refusal({"predict", "lm:a/repo", "-p", "x"}, 2, {"a/repo/one, a/repo/two"});
  expect_refusal({"predict", "lm:three", "-p", "x"}, 1,
                 {"three: no such folder", "zipdream models lists"});
}

TEST_F(LocalModels, AreListedWithWhatTheyAre) {
  put_hugging_face(".cache/huggingface/hub", "Some--Tiny");
  const Bytes file = gguf();
  write(".cache/llama.cpp/petite.gguf", file);
  const auto models = listed();
  const nlohmann::json& small = models.at("petite");
  EXPECT_EQ(small["spec"], "lm:petite");
  EXPECT_EQ(small["source"], "llama.cpp");
  EXPECT_EQ(small["path"], at(".cache/llama.cpp/petite.gguf"));
  EXPECT_EQ(small["bytes"], file.size());
  EXPECT_EQ(small["architecture"], "llama");
  EXPECT_EQ(small["weights"], "F32");
  EXPECT_EQ(small["context_length"], 96);
  EXPECT_EQ(small["vocab_size"], 256);
  EXPECT_EQ(small["tokenizer"], "bytes");
  EXPECT_GT(small["parameters"], 1000);
  EXPECT_EQ(small["usable"], true);
  EXPECT_EQ(small["problem"], nullptr);
  EXPECT_EQ(small["sha256"], hex(sha256_of(file)));
  EXPECT_EQ(models.at("Some/Tiny")["usable"], true);
  EXPECT_EQ(models.at("Some/Tiny")["architecture"], "llama");
  EXPECT_EQ(listed({"PETIT"}).size(), 1U) << "of a part of the name";
  EXPECT_EQ(listed({"petite", "--no-hash"}).at("petite")["sha256"], nullptr);

  const ProcessResult table = run_zipdream({"models", "petite"});
  EXPECT_THAT(table.out, HasSubstr(hex(sha256_of(file)).substr(0, 12)));
  EXPECT_THAT(table.out, HasSubstr("llama.cpp"));
}

TEST_F(LocalModels, ThatCantBeUsedAreListedWithTheReason) {
  Bytes cut = gguf();
  cut.resize(cut.size() / 2);
  write(".cache/llama.cpp/cut.gguf", cut);
  write(".cache/llama.cpp/mmproj.gguf", GgufWriter().text("general.architecture", "clip").file());
  write(".cache/llama.cpp/big-00001-of-00002.gguf",
        GgufWriter().u32("split.no", 0).u32("split.count", 2).file());
  write(".cache/llama.cpp/big-00002-of-00002.gguf", Bytes());
  put_hugging_face(".cache/huggingface/hub", "Some--Bert");
  write(".cache/huggingface/hub/models--Some--Bert/blobs/config.json",
        to_bytes(R"({"model_type": "bert"})"));
  put_ollama(".ollama/models", "library/gone/latest", "sha256:" + std::string(64, 'c'));
  const auto models = listed();
  const auto problem = [&](const char* name) {
    EXPECT_EQ(models.at(name)["usable"], false);
    return models.at(name)["problem"].get<std::string>();
  };
  EXPECT_THAT(problem("cut"), HasSubstr("does not lie in it"));
  EXPECT_EQ(models.at("cut")["bytes"], cut.size());
  EXPECT_EQ(models.at("cut")["architecture"], "llama");
  EXPECT_THAT(problem("mmproj"), HasSubstr("sees"));
  EXPECT_THAT(problem("Some/Bert"), HasSubstr("\"bert\" is not supported"));
  EXPECT_THAT(problem("gone:latest"), HasSubstr("no such"));
  EXPECT_FALSE(models.contains("big-00002-of-00002")) << "a later part is no model";
  EXPECT_TRUE(models.contains("big-00001-of-00002"));
  EXPECT_THAT(run_zipdream({"models", "bert"}).out, HasSubstr("can't be used: "));
}

TEST_F(LocalModels, OfManifestsThatLeadElsewhereAreNone) {
  write("secret.gguf", gguf());
  for (const char* digest : {"sha256:../../../secret.gguf", "../../secret.gguf", "sha256:", ""}) {
    put_ollama(".ollama/models", "library/bad/latest", digest);
    EXPECT_TRUE(listed({"bad"}).empty()) << digest;
  }
  for (const char* text :
       {"", "[]", "{\"layers\": 3}", "{\"layers\": [{}]}", "{\"layers\": [3]}"}) {
    write(".ollama/models/manifests/registry.ollama.ai/library/bad/latest", to_bytes(text));
    EXPECT_TRUE(listed({"bad"}).empty()) << text;
  }
}

TEST_F(LocalModels, WhereThereIsNoneTheFoldersAreNamed) {
  const ProcessResult result = run_zipdream({"models", "no-such-model"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr(at(".cache/huggingface/hub")));
  EXPECT_THAT(result.out, HasSubstr(at(".lmstudio/models")));
}

TEST_F(LocalModels, OpenArchivesThatWereMadeWithThem) {
  fs::create_directories(at("here"));
  tiny_llama(true).write(at("here"));
  write("text", to_bytes("some text"));
  ASSERT_EQ(run_zipdream({"compress", "-q", "-m", "lm:" + at("here"), at("text")}).exit_code, 0);
  fs::remove_all(at("here"));
  EXPECT_THAT(run_zipdream({"decompress", "-c", at("text.zd")}).err,
              HasSubstr("nor where other programs keep models"));
  put_hugging_face(".cache/huggingface/hub", "Some--Tiny");
  const ProcessResult result = run_zipdream({"decompress", "-c", at("text.zd")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "some text");
}

TEST_F(LocalModels, AreDescribedByInfo) {
  write("m.gguf", gguf());
  fs::create_directories(at("folder"));
  tiny_llama(true).write(at("folder"));
  for (const char* name : {"m.gguf", "folder"}) {
    const ProcessResult result = run_zipdream({"info", at(name), "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto facts = nlohmann::json::parse(result.out);
    EXPECT_EQ(facts["media"], "model");
    EXPECT_EQ(facts["architecture"], "llama");
    EXPECT_EQ(facts["weights"], "F32");
    EXPECT_EQ(facts["context_length"], 96);
    EXPECT_EQ(facts["vocab_size"], 256);
    EXPECT_EQ(facts["tokenizer"], "bytes");
    EXPECT_EQ(facts["usable"], true);
    EXPECT_THAT(run_zipdream({"info", at(name)}).out, HasSubstr("context length"));
  }
  fs::create_directories(at("empty"));
  expect_refusal({"info", at("empty")}, 1, {"no model is in it"});
}

}  // namespace
}  // namespace zipdream
