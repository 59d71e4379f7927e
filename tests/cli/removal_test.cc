// SPDX-License-Identifier: Apache-2.0
// --rm: the input goes only after proof.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Removal : public testing::Test {
 protected:
  Removal() { write_file(path("text"), text_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  // With one wrong bit, read or written; `lie` says which.
  static ProcessResult run_with_lie(const std::string& lie,
                                    const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"env", "LIE=" + lie, "LD_PRELOAD=" LYING_IO,
                                        "ASAN_OPTIONS=verify_asan_link_order=0", ZIPDREAM_BINARY};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_program(command);
  }

  static void expect_kept(const ProcessResult& result) {
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr("stays, and nothing was written"));
  }

  Bytes text_ = read_file(sample("text.txt"));
  TemporaryFolder folder_;
};

TEST_F(Removal, DoesNotFollowAnArchiveThatDoesNotGiveItsFileBack) {
  for (const char* lie : {"read", "write"}) {
    for (const char* model : {"stored", "gzip:9", "ppm:3"}) {
      expect_kept(run_with_lie(lie, {"compress", "--rm", "-m", model, path("text")}));
      EXPECT_THAT(names(), ElementsAre("text")) << lie << model;
      EXPECT_EQ(read_file(path("text")), text_);
    }
  }
}

TEST_F(Removal, DoesNotFollowAContentThatIsNotOnTheDisk) {
  ASSERT_EQ(run_zipdream({"compress", "--rm", path("text")}).exit_code, 0);
  const Bytes archive = read_file(path("text.zd"));
  expect_kept(run_with_lie("write", {"decompress", "--rm", path("text.zd")}));
  EXPECT_THAT(names(), ElementsAre("text.zd"));
  EXPECT_EQ(read_file(path("text.zd")), archive);
}

TEST_F(Removal, LeavesTheOldArchiveWhereTheNewOneIsNoProof) {
  ASSERT_EQ(run_zipdream({"compress", path("text")}).exit_code, 0);
  const Bytes archive = read_file(path("text.zd"));
  expect_kept(run_with_lie("write", {"compress", "-f", "--rm", "-m", "stored", path("text")}));
  EXPECT_THAT(names(), ElementsAre("text", "text.zd"));
  EXPECT_EQ(read_file(path("text.zd")), archive);
}

TEST_F(Removal, TakesALinkAndLeavesWhatItLeadsTo) {
  fs::create_symlink("text", path("link"));
  ASSERT_EQ(run_zipdream({"compress", "--rm", path("link")}).exit_code, 0);
  EXPECT_THAT(names(), ElementsAre("link.zd", "text"));
}

TEST_F(Removal, FollowsEveryKindOfFile) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1024}, text_.size()}) {
    const Bytes content(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(size));
    write_file(path("text"), content);
    ASSERT_EQ(run_zipdream({"compress", "--rm", "-B", "1K", path("text")}).exit_code, 0) << size;
    EXPECT_THAT(names(), ElementsAre("text.zd"));
    ASSERT_EQ(run_zipdream({"decompress", "--rm", path("text.zd")}).exit_code, 0) << size;
    EXPECT_THAT(names(), ElementsAre("text"));
    EXPECT_EQ(read_file(path("text")), content);
  }
}

// A name of bytes that mean something somewhere: to specs, shells, terminals, UTF-8, JSON.
std::string random_name(Rng& rng) {
  static constexpr std::string_view kBytes =
      "a0017 ,:;@=\"'\\*?[]{}()<>|&$#%~^+-_.\n\t\r\x1b\x7f\x80\xc3\xa9\xff\xe2\x82";
  std::string name;
  const std::size_t size = 1 + rng.next() % 24;
  while (name.size() < size) name += kBytes[rng.next() % kBytes.size()];
  return name == "." || name == ".." ? "x" + name : name;
}

// Quoted as specs have it.
std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return text + '"';
}

// "level=7,...": some options, values within their ranges.
std::string random_options(const ModelInfo& info, Rng& rng) {
  std::string text;
  for (const OptionInfo& option : info.options) {
    if (option.kind == OptionInfo::Kind::kText || (rng.next() % 2 == 0 && !text.empty())) continue;
    std::string value;
    if (option.kind == OptionInfo::Kind::kNumber) {
      const std::uint64_t span = std::min<std::uint64_t>(option.max - option.min, 200);
      value = std::to_string(option.min + rng.next() % (span + 1));
    } else {
      const std::string choices(option.choices);
      value = choices.substr(0, choices.find(' '));
    }
    text += (text.empty() ? "" : ",") + std::string(option.key) + "=" + value;
  }
  return text;
}

TEST_F(Removal, FollowsOnlyWhatCanBeReadAgainWhateverTheModelIsCalled) {
  Rng rng(17);
  for (int i = 0; i < 40; ++i) {
    const std::string name = random_name(rng);
    SCOPED_TRACE(testing::PrintToString(name));
    fs::create_directory(path(name));
    tiny_llama(false, 16).write(path(name));
    const Bytes content(text_.begin(),
                        text_.begin() + static_cast<std::ptrdiff_t>(rng.next() % 200));
    write_file(path("text"), content);
    const ProcessResult packed =
        run_zipdream({"compress", "--rm", "-m", "lm:" + quoted(path(name)), path("text")});
    if (packed.exit_code != 0) {  // a path can be too long for a header
      EXPECT_EQ(read_file(path("text")), content) << packed.err;
      fs::remove(path("text"));
    } else {
      EXPECT_EQ(run_zipdream({"decompress", "--rm", path("text.zd")}).exit_code, 0);
      EXPECT_EQ(read_file(path("text")), content);
    }
    EXPECT_FALSE(fs::exists(path("text.zd")));
    fs::remove_all(path(name));
  }
}

TEST_F(Removal, FollowsOnlyWhatCanBeReadAgainWhateverTheOptionsAre) {
  Rng rng(18);
  text_.resize(300);
  for (const ModelInfo* info : model_list()) {
    if (info->name == "lm" || info->inner != ModelInfo::Inner::kNone) continue;
    for (int i = 0; i < 3; ++i) {
      const std::string options = random_options(*info, rng);
      const std::string spec = std::string(info->name) + (options.empty() ? "" : ":") + options;
      SCOPED_TRACE(spec);
      write_file(path("text"), text_);
      const ProcessResult packed = run_zipdream({"compress", "--rm", "-m", spec, path("text")});
      if (packed.exit_code == 0) {
        EXPECT_EQ(run_zipdream({"decompress", "--rm", path("text.zd")}).exit_code, 0);
      }
      EXPECT_EQ(read_file(path("text")), text_) << packed.err;
      EXPECT_FALSE(fs::exists(path("text.zd")));
    }
  }
}

}  // namespace
}  // namespace zipdream
