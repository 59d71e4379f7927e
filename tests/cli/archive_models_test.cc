// SPDX-License-Identifier: Apache-2.0
// Archives of models that learned beforehand: they name the model by its content, and open wherever
// it lies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ArchivesOfLearnedModels : public testing::Test {
 protected:
  ArchivesOfLearnedModels() {
    fs::create_directories(folder_ / "A/B");
    copy_model("A/B/model");
    change_model("A/B/model");
    write_file(folder_ / "text", as_bytes(text_));
  }

  // The bundled model under another name.
  void copy_model(const std::string& name) const {
    fs::copy(fs::path(SAMPLES_FOLDER) / "models/english-small", folder_ / name);
  }

  // One weight more or less, which is another model; the samples have none like it.
  void change_model(const std::string& name) const {
    const std::string path = folder_ / (name + "/model.safetensors");
    Bytes bytes = read_file(path);
    bytes[bytes.size() - 5] ^= 1;
    write_file(path, bytes);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  void compress(const std::string& model) const {
    const ProcessResult result =
        run_zipdream({"compress", "-qf", "-m", model, path("text"), "-o", path("a.zd")});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  // What `decompress OPTIONS a.zd` says when it fails; "" if it gives the text back.
  [[nodiscard]] std::string failure(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments = {"decompress", "-c", path("a.zd")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProcessResult result = run_zipdream(arguments);
    if (result.exit_code != 0) return result.err;
    EXPECT_EQ(result.out, text_);
    return "";
  }

  TemporaryFolder folder_;
  std::string text_ =
      "All happy families are alike; every unhappy family is unhappy in its own way.";
};

TEST_F(ArchivesOfLearnedModels, OpenWhereverTheModelIsGiven) {
  compress("lm:" + path("A/B/model"));
  EXPECT_EQ(failure({"--model", path("A/B/model")}), "");
  fs::rename(path("A"), path("another place"));
  EXPECT_EQ(failure({"--model", path("another place/B/model")}), "");
  EXPECT_EQ(failure({"-m", "lm:" + path("another place/B/model")}), "");
  EXPECT_EQ(failure({"-m", "english", "-m", path("another place/B/model")}), "") << "one of two";
}

TEST_F(ArchivesOfLearnedModels, FindTheModelByItsContent) {
  compress("lm:" + path("A/B/model"));
  EXPECT_THAT(failure(), AllOf(HasSubstr("was made with lm:model (SHA-256 "),
                               HasSubstr("which is not here, nor in "), HasSubstr("--model")));
  fs::rename(path("A/B/model"), path("beside the archive"));
  EXPECT_EQ(failure(), "");
  fs::rename(path("beside the archive"), path("A/B/003"));
  setenv("ZIPDREAM_MODELS", ("/nowhere:" + path("A/B")).c_str(), 1);
  EXPECT_EQ(failure(), "");
  unsetenv("ZIPDREAM_MODELS");
}

TEST_F(ArchivesOfLearnedModels, RefuseAnotherModelByName) {
  compress("lm:" + path("A/B/model"));
  const std::string sentence = failure({"--model", "english"});
  EXPECT_THAT(sentence, AllOf(HasSubstr("was made with lm:model (SHA-256 "),
                              HasSubstr("english holds SHA-256 ")));
  change_model("A/B/model");
  EXPECT_THAT(failure({"-m", path("A/B/model")}), HasSubstr(path("A/B/model") + " holds SHA-256"));
  fs::resize_file(path("A/B/model/model.safetensors"), 1000);
  EXPECT_THAT(failure({"-m", path("A/B/model")}), HasSubstr("holds SHA-256")) << "cut short";
  fs::remove(path("A/B/model/model.safetensors"));
  EXPECT_THAT(failure({"-m", path("A/B/model")}), HasSubstr("no model.safetensors"));
  EXPECT_THAT(failure({"-m", path("A/B/none")}), HasSubstr("none"));
  EXPECT_THAT(failure({"-m", "gzip:9"}), HasSubstr("has learned nothing"));
}

TEST_F(ArchivesOfLearnedModels, NeedNoModelWhereNothingWasLearned) {
  compress("ppm:6");
  EXPECT_EQ(failure(), "");
  EXPECT_THAT(failure({"-m", path("A/B/model")}), HasSubstr("needs no files"));
}

TEST_F(ArchivesOfLearnedModels, MayHaveAnyPath) {
  for (const std::string name : {"my model", "007", "lm:x,y=z@1", "\"quoted\"", "caf\xc3\xa9",
                                 "two\nlines", "back\\slash"}) {
    fs::rename(path("A/B/model"), path(name));
    std::string quoted;
    for (const char c : path(name)) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    compress("lm:\"" + quoted + "\"");
    EXPECT_EQ(failure(), "") << name;
    EXPECT_EQ(failure({"-m", path(name)}), "") << name;
    fs::rename(path(name), path("A/B/model"));
    EXPECT_EQ(failure({"-m", path("A/B/model")}), "") << name;
  }
}

TEST_F(ArchivesOfLearnedModels, AreKnownByTheDigestOfTheirFilesToInfo) {
  compress("arith:lm:" + path("A/B/model"));
  const auto info = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"info", "--json", path("a.zd")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_zipdream(arguments);
  };
  const auto learned = nlohmann::json::parse(info({}).out)["learned"];
  ASSERT_EQ(learned.size(), 1U);
  EXPECT_EQ(learned[0]["model"], "lm:model");
  EXPECT_TRUE(learned[0]["found"].is_null());
  Bytes digests;
  std::uint64_t size = 0;
  for (const char* name : {"config.json", "model.safetensors"}) {
    const std::string file = path("A/B/model/") + name;
    const Bytes digest = sha256_of(read_file(file));
    digests.insert(digests.end(), digest.begin(), digest.end());
    size += fs::file_size(file);
  }
  EXPECT_EQ(learned[0]["sha256"], hex(sha256_of(digests)));
  EXPECT_EQ(learned[0]["bytes"], size);
  const auto given = nlohmann::json::parse(info({"-m", path("A/B/model")}).out)["learned"];
  EXPECT_EQ(given[0]["found"], "lm:" + path("A/B/model"));
  const ProcessResult other = info({"-m", "english"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("english holds"));
}

TEST_F(ArchivesOfLearnedModels, DoNotDependOnWhereTheModelLay) {
  compress("lm:" + path("A/B/model"));
  const Bytes first = read_file(path("a.zd"));
  fs::create_directories(path("C/D"));
  fs::rename(path("A/B/model"), path("C/D/model"));
  compress("lm:" + path("C/D/./model/"));
  EXPECT_EQ(read_file(path("a.zd")), first);
}

// Its digest reads the weights once more, from memory by then.
TEST_F(ArchivesOfLearnedModels, LoadTheModelOnceForAllFilesOfACommand) {
  write_file(path("other"), as_bytes(text_));
  const auto opened = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"env", "LD_PRELOAD=" OPENED_FILES,
                                         "ASAN_OPTIONS=verify_asan_link_order=0", ZIPDREAM_BINARY});
    const ProcessResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return std::count(result.err.begin(), result.err.end(), '\n');
  };
  EXPECT_EQ(opened({"compress", "-q", "-m", "lm:" + path("A/B/model"), path("text")}), 2);
  EXPECT_EQ(
      opened({"compress", "-qf", "-m", "lm:" + path("A/B/model"), path("text"), path("other")}), 2);
  EXPECT_EQ(opened({"test", "-q", "-m", path("A/B/model"), path("text.zd"), path("other.zd")}), 2);
}

// Vocabularies of tokens may lack bytes that the probe of a model would hold.
TEST_F(ArchivesOfLearnedModels, MayHaveAVocabularyThatLacksBytes) {
  fs::create_directories(path("few"));
  tiny_llama(true).write(path("few"));
  write_file(path("few/tokenizer.json"),
             as_bytes(R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3},)"
                      R"( "merges": ["a b"]}})"));
  write_file(path("text"), to_bytes("abcabcab"));
  compress("lm:" + path("few"));
  const ProcessResult result = run_zipdream({"decompress", "-c", "-m", path("few"), path("a.zd")});
  EXPECT_EQ(result.out, "abcabcab") << result.err;
  write_file(path("text"), to_bytes("abcd"));
  expect_refusal({"compress", "-qf", "-m", "lm:" + path("few"), path("text"), "-o", path("b.zd")},
                 1, {"no token"});
  EXPECT_FALSE(fs::exists(path("b.zd")));
}

}  // namespace
}  // namespace zipdream
