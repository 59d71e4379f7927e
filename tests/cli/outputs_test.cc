// SPDX-License-Identifier: Apache-2.0
// What a command writes is never a file that it reads, never another of its outputs, and never
// somebody else's file: every command and option that writes, every kind of name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class Outputs : public testing::Test {
 protected:
  Outputs() {
    const Bytes text = read_file(sample("text.txt"));
    write_file(path("text"), ByteView(text).first(3000));
    fs::copy_file(sample("image.png"), path("image.png"));
    fs::copy_file(sample("sound.wav"), path("sound.wav"));
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  // A folder that holds the files of a model.
  [[nodiscard]] std::string model() const {
    fs::create_directory(path("model"));
    tiny_llama().write(path("model"));
    return path("model");
  }

  // `sh -c`, with $Z for the program and $F for the folder.
  [[nodiscard]] ProcessResult shell(const std::string& script) const {
    return run_program({"sh", "-c",
                        "Z='" + std::string(ZIPDREAM_BINARY) + "'; F='" + folder_.path() +
                            "'; cd \"$F\" && " + script});
  }

  // All that is in the folder, links as what they lead to.
  [[nodiscard]] std::map<std::string, Bytes> everything() const {
    std::map<std::string, Bytes> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path().string());
    }
    return files;
  }

  // One line, exit code 2 (or another), and every file there is what it was.
  void expect_refused(const Words& arguments, const Words& parts, int exit_code = 2) const {
    const auto before = everything();
    SCOPED_TRACE(testing::PrintToString(arguments));
    expect_refusal(arguments, exit_code, parts);
    EXPECT_TRUE(everything() == before);
  }

  const TemporaryFolder folder_;
};

// Other names of a file: each function makes one, which may need the folder.
struct OtherName {
  const char* kind;
  std::function<std::string(const std::string& folder, const std::string& name)> make;
};

std::vector<OtherName> other_names() {
  return {
      {"itself", [](const auto& folder, const auto& name) { return folder + "/" + name; }},
      {"with a dot", [](const auto& folder, const auto& name) { return folder + "/./" + name; }},
      {"through a folder and back",
       [](const auto& folder, const auto& name) {
         fs::create_directories(folder + "/below");
         return folder + "/below/../" + name;
       }},
      {"a symbolic link",
       [](const auto& folder, const auto& name) {
         fs::create_symlink(name, folder + "/soft-" + name);
         return folder + "/soft-" + name;
       }},
      {"a hard link",
       [](const auto& folder, const auto& name) {
         fs::create_hard_link(folder + "/" + name, folder + "/hard-" + name);
         return folder + "/hard-" + name;
       }},
      {"through a linked folder", [](const auto& folder, const auto& name) {
         if (!fs::exists(folder + "/way")) fs::create_symlink(folder, folder + "/way");
         return folder + "/way/" + name;
       }}};
}

// A command that reads one file of the scene and writes another.
struct Use {
  std::string input;  // its name in the folder
  std::function<Words(const std::string& output)> command;
};

TEST_F(Outputs, AreNoFileThatIsReadWhateverItIsCalled) {
  fs::copy_file(path("text"), path("page.html"));
  fs::copy_file(path("text"), path("text.jsonl"));
  fs::copy_file(path("text"), path("text.zd"));
  ASSERT_EQ(run_zipdream({"compress", "-q", path("text"), "-o", path("archive.zd")}).exit_code, 0);
  const std::string folder = folder_.path();
  const std::vector<Use> uses = {
      {"text",
       [&](const auto& o) { return Words{"generate", "gzip", "-f", path("text"), "-o", o}; }},
      {"text",
       [&](const auto& o) {
         return Words{"generate", "gzip", "-p", "x", "--corpus", path("text"), "-o", o};
       }},
      {"image.png",
       [&](const auto& o) { return Words{"generate", "png", "-f", path("image.png"), "-o", o}; }},
      {"image.png",
       [&](const auto& o) {
         return Words{"generate", "png",    "-f", path("image.png"), "-o", path("o.png"),
                      "--force",  "--view", o};
       }},
      {"sound.wav",
       [&](const auto& o) { return Words{"generate", "flac", "-f", path("sound.wav"), "-o", o}; }},
      {"page.html",
       [&](const auto& o) {
         return Words{"compare", "gzip", "-f", path("page.html"), "--html", o};
       }},
      {"page.html",
       [&](const auto& o) {
         return Words{"compare", "gzip", "-p", "x", "--corpus", path("page.html"), "--html", o};
       }},
      {"page.html",
       [&](const auto& o) {
         return Words{"rates", "gzip", "--data", path("page.html"), "--html", o};
       }},
      {"text.jsonl",
       [&](const auto& o) {
         return Words{"rates", "gzip", "--data", path("text.jsonl"), "--record", o};
       }},
      {"text.jsonl",
       [&](const auto& o) {
         return Words{"in-context", "gzip", "--data", "name=" + path("text.jsonl"), "--record", o};
       }},
      {"page.html",
       [&](const auto& o) {
         return Words{"scaling", "gzip", "--data", path("page*.html"),
                      "--sizes", "1K",   "--html", o};
       }},
      {"page.html",
       [&](const auto& o) {
         return Words{"merge", path("page.html"), "--html", o};
       }},
      {"text.zd",
       [&](const auto& o) {
         return Words{"compress", "-f", path("text.zd"), "-o", o};
       }},
      {"archive.zd",
       [&](const auto& o) {
         return Words{"decompress", "-f", path("archive.zd"), "-o", o};
       }},
  };
  for (const Use& use : uses) {
    for (const OtherName& name : other_names()) {
      const std::string output = name.make(folder, use.input);
      SCOPED_TRACE(name.kind);
      expect_refused(use.command(output), {"is read", "not overwritten"});
      for (const char* made : {"/soft-", "/hard-"}) fs::remove(folder + made + use.input);
    }
  }
}

TEST_F(Outputs, AreNotWhatStandardInputComesFrom) {
  for (const char* command :
       {"$Z generate gzip -o text < text", "$Z generate gzip -f - -o ./text < text",
        "$Z generate gzip -f /dev/stdin -o text < text",
        "$Z generate gzip -f /dev/fd/7 -o text 7< text",
        "$Z generate gzip -f /proc/self/fd/7 -o text 7< text",
        "$Z generate gzip -p x --corpus - -o text < text", "$Z compress -f - -o text < text",
        "$Z compare gzip --html text < text",
        // Where the shell has opened the input as the output.
        "$Z generate gzip -f text --no-prompt >> text", "$Z compress -c text >> text",
        "$Z compress -c < text >> text", "$Z generate gzip -f text -o /dev/fd/8 8>> text",
        "$Z generate gzip -f text -o /dev/stdout >> text"}) {
    const auto before = everything();
    const ProcessResult result = shell(command);
    EXPECT_EQ(result.exit_code, 2) << command << result.err;
    EXPECT_THAT(result.err, HasSubstr("not overwritten")) << command;
    EXPECT_TRUE(everything() == before) << command;
  }
}

TEST_F(Outputs, OfSeveralSamplesAreNoFileThatIsReadEither) {
  fs::copy_file(path("text"), path("out-2.txt"));
  expect_refused({"generate", "gzip", "-f", path("out-2.txt"), "--samples", "3", "--force", "-o",
                  path("out.txt")},
                 {"out-2.txt", "is read"});
  EXPECT_FALSE(fs::exists(path("out-1.txt")));
}

TEST_F(Outputs, AreNoFileOfAModel) {
  const std::string lm = "lm:" + model();
  const std::string weights = path("model/model.safetensors");
  const std::string config = path("model/config.json");
  for (const std::string& output : {config, path("model/tokenizer.json")}) {
    expect_refused({"generate", lm, "-p", "x", "--force", "-o", output}, {"model", "is read"});
    expect_refused({"generate", "gzip", "-p", "x", "--judge", lm, "--force", "-o", output},
                   {"model", "is read"});
    expect_refused({"compress", "-f", "-m", lm, path("text"), "-o", output}, {"is read"});
    expect_refused({"rates", "arith:" + lm, "--data", path("text"), "--record", output},
                   {"is read"});
  }
  expect_refused({"compress", "-f", "-m", lm, path("text"), "-o", weights}, {"is read"});
  fs::create_symlink(path("model"), path("other"));
  expect_refused({"generate", lm, "-p", "x", "--force", "-o", path("other/config.json")},
                 {"is read as " + config});
  expect_refused({"compress", "--rm", "-m", lm, weights, "-o", path("w.zd")},
                 {"--rm", "part of the model"});
  ASSERT_EQ(run_zipdream({"compress", "-m", lm, path("text"), "-o", path("t.zd")}).exit_code, 0);
  expect_refused({"decompress", "-f", path("t.zd"), "-o", config}, {"is read"});
  // What no loader looks at may stand there.
  EXPECT_EQ(run_zipdream({"generate", lm, "-p", "x", "-n", "2", "-q", "-o", path("model/sample")})
                .exit_code,
            0);
}

TEST_F(Outputs, AreNotAmongTheDataThatIsRead) {
  fs::create_directories(path("data/deeper"));
  fs::copy_file(path("text"), path("data/text"));
  fs::copy_file(path("text"), path("data/deeper/text"));
  fs::create_symlink(path("text"), path("data/link"));
  const auto rates = [&](const std::string& data, const std::string& output) {
    return Words{"rates", "gzip", "--data", data, "--record", output};
  };
  for (const char* output : {"data/new", "data/deeper/new.jsonl", "data/../data/new"}) {
    expect_refused(rates(path("data"), path(output)), {"among the data", "is read"});
  }
  expect_refused(rates("name=" + path("data/"), path("data/new")), {"among the data"});
  expect_refused(rates(path("data"), path("text")), {"is read as", "data/link"});
  expect_refused(rates(path("data/*"), path("data/new")), {"among the data"});
  expect_refused(rates(path("d*/t*"), path("data/title")), {"among the data"});
  expect_refused({"tokenization", path("text"), "--data", path("data"), "-o", path("data/models")},
                 {"among the data"});
  // Hidden files are no data, and neither is what the pattern leaves out.
  EXPECT_EQ(run_zipdream(rates(path("data"), path("data/.record"))).exit_code, 0);
  EXPECT_EQ(run_zipdream(rates(path("data/t*"), path("data/record"))).exit_code, 0);
}

TEST_F(Outputs, OfOneCommandAreSeveralFiles) {
  const auto image = [&](const std::string& output, const std::string& view) {
    return Words{"generate", "png", "-f", path("image.png"), "-o", output, "--view", view};
  };
  fs::create_symlink("new.png", path("link.png"));
  fs::create_symlink(folder_.path(), path("way"));
  for (const char* view : {"new.png", "./new.png", "link.png", "way/new.png"}) {
    expect_refused(image(path("new.png"), path(view)), {"--view", "-o goes there too"});
  }
  expect_refused(
      image(path("o.png"), path("o-1.png")) + Words{"--samples", "2", "-o", path("o-1.png")},
      {"takes one value"});
  expect_refused(
      {"rates", "gzip", "--data", path("text"), "--html", path("x"), "--record", path("x")},
      {"--record", "--html goes there too"});
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  expect_refused(image(path("pipe"), path("pipe")), {"--view", "-o goes there too"});
  for (const char* command :
       {"$Z rates gzip --data text --html page > page",
        "$Z rates gzip --data text --html /dev/stdout",
        "$Z generate gzip -p x --json -o /dev/stdout", "$Z generate gzip -p x -o page > page",
        "$Z compare gzip -p x --html page.html 2> page.html"}) {
    const ProcessResult result = shell(command);
    EXPECT_EQ(result.exit_code, 2) << command << result.err;
  }
}

TEST_F(Outputs, OfSeveralArchivesAreNoOtherFileOfTheCommand) {
  fs::copy_file(path("text"), path("text.zd"));
  const Bytes text = read_file(path("text"));
  const ProcessResult result = run_zipdream({"compress", "-f", path("text"), path("text.zd")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("text.zd: is read, so it is not overwritten"));
  EXPECT_EQ(read_file(path("text.zd")), text);
  EXPECT_TRUE(fs::exists(path("text.zd.zd"))) << "the other one is compressed";
  const ProcessResult twice =
      run_zipdream({"compress", "-f", path("image.png"), path("./image.png")});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("goes there too"));
}

TEST_F(Outputs, LeaveWhatIsSomebodyElses) {
  write_file(path("notes"), to_bytes("precious notes\nof two lines"));
  const std::string notes = path("notes");
  expect_refused({"rates", "gzip", "--data", path("text"), "--record", notes},
                 {"notes: is there already, and is no record of a run"}, 1);
  for (const Words& command :
       {Words{"rates", "gzip", "--data", path("text")}, Words{"compare", "gzip", "-p", "x"},
        Words{"in-context", "gzip", "--data", path("text")}}) {
    expect_refused(command + Words{"--html", notes}, {"is no page of zipdream's"}, 1);
  }
  expect_refused({"generate", "gzip", "-p", "x", "-o", notes}, {"notes", "--force overwrites it"},
                 1);
  // A picture of somebody's says more than pixels.
  Bytes photo = read_file(path("image.png"));
  const std::string comment = std::string("\0\0\0\x08tEXtWho\0we\0\0", 18);
  photo.insert(photo.begin() + 33, comment.begin(), comment.end());
  write_file(path("photo.png"), photo);
  const Words image = {"generate", "png", "-f", path("image.png"), "-o"};
  expect_refused(image + Words{path("photo.png")}, {"photo.png", "not an image as zipdream"}, 1);
  expect_refused(image + Words{path("new.png"), "--view", path("photo.png")}, {"photo.png"}, 1);
  write_file(path("text.png"), read_file(path("text")));
  expect_refused(image + Words{path("text.png")}, {"text.png", "not an image"}, 1);
  expect_refused({"generate", "flac", "-f", path("sound.wav"), "-o", path("text.png")},
                 {"text.png", ".wav or .flac"});
}

TEST_F(Outputs, ReplaceWhatZipdreamWroteAndWhatIsEmpty) {
  const Words image = {"generate", "png", "-f", path("image.png"), "--max-side", "12",
                       "--gray",   "-q",  "-o", path("o.png"),     "--view",     path("v.png")};
  const Words page = {"compare", "gzip", "-p", "abc", "-n", "3", "-q", "--html", path("p.html")};
  const Words report = {"rates", "gzip", "--data", path("text"), "-q", "--html", path("r.html")};
  std::vector<Words> commands = {image, page, report};
  for (const char* sound : {"o.wav", "o.flac"}) {
    commands.push_back({"generate", "flac", "-f", path("sound.wav"), "--rate", "4000",
                        "--prompt-seconds", "0.1", "--seconds", "0.01", "-q", "-o", path(sound)});
  }
  write_file(path("v.png"), {});
  for (const Words& command : commands) {
    for (const char* time : {"first", "second"}) {
      const ProcessResult result = run_zipdream(command);
      EXPECT_EQ(result.exit_code, 0) << time << testing::PrintToString(command) << result.err;
    }
  }
  write_file(path("notes"), to_bytes("not so precious"));
  EXPECT_EQ(
      run_zipdream({"generate", "gzip", "-p", "x", "-n", "3", "-q", "--force", "-o", path("notes")})
          .exit_code,
      0);
  ASSERT_EQ(chmod(path("p.html").c_str(), 0444), 0);
  expect_refused(page, {"p.html", "write-protected"}, 1);
}

TEST_F(Outputs, OfARecordGoOnFromItsOwnAlone) {
  const auto rates = [&](const std::string& model) {
    return Words{"rates", model, "--data", path("text"), "-q", "--record", path("run.jsonl")};
  };
  ASSERT_EQ(run_zipdream(rates("gzip")).exit_code, 0);
  const Bytes record = read_file(path("run.jsonl"));
  // Of another run, damaged, or with something behind it: not a byte is changed.
  expect_refused(rates("xz"), {"record of another run"}, 1);
  for (const char* more : {"notes", "{\"column\":7}\n", "\n"}) {
    Bytes longer = record;
    const Bytes added = to_bytes(more);
    longer.insert(longer.end(), added.begin(), added.end());
    write_file(path("run.jsonl"), longer);
    expect_refused(rates("gzip"), {"run.jsonl"}, 1);
  }
  // What a kill leaves goes on, also from the first line.
  for (const std::size_t size : {record.size() - 5, std::size_t{30}, std::size_t{1}}) {
    write_file(path("run.jsonl"), ByteView(record).first(size));
    EXPECT_EQ(run_zipdream(rates("gzip")).exit_code, 0) << size;
  }
}

TEST_F(Outputs, HaveNoEndingThatPromisesSomethingElse) {
  const Words image = {"generate", "png", "-f", path("image.png"), "-o"};
  for (const char* name : {"v.jpg", "v.JPEG", "v.gif", "v.webp", "v.svg", "v.html", "v.txt"}) {
    expect_refused(image + Words{path("o.png"), "--view", path(name)}, {name, ".png"});
  }
  for (const char* name : {"o.mp3", "o.ogg", "o.png", "o.zd", "o.pdf", "o.gz", "o.safetensors"}) {
    expect_refused({"generate", "gzip", "-p", "x", "-o", path(name)}, {name, "a text"});
  }
  for (const char* name : {"x.png", "x.json", "x.md", "x.zip"}) {
    expect_refused({"rates", "gzip", "--data", path("text"), "--html", path(name)},
                   {name, ".html"});
    expect_refused({"compare", "gzip", "-p", "x", "--html", path(name)}, {name, ".html"});
  }
  for (const char* name : {"r.html", "r.csv", "r.png", "r.zd"}) {
    expect_refused({"rates", "gzip", "--data", path("text"), "--record", path(name)},
                   {name, "JSON"});
  }
  for (const char* name : {"a.gz", "a.tar", "a.txt", "a.png", "a.xz"}) {
    expect_refused({"compress", path("text"), "-o", path(name)}, {name, ".zd"});
  }
  // What the prompt is called, its continuation may be called.
  fs::copy_file(path("text"), path("text.pdf"));
  EXPECT_EQ(run_zipdream({"generate", "gzip", "-f", path("text.pdf"), "-n", "3", "-q", "-o",
                          path("more.PDF")})
                .exit_code,
            0);
}

TEST_F(Outputs, ThatAreSpecialFilesAreWrittenAsTheyAre) {
  const std::string three = "$Z generate gzip -p ab -n 3 --seed 1 --no-prompt -q --samples 3 ";
  EXPECT_EQ(shell(three + "-o /dev/null && ls").out.find("null-1"), std::string::npos);
  EXPECT_FALSE(fs::exists("/dev/null-1"));
  EXPECT_EQ(shell(three + "-o /dev/stdout").out.size(), 9U);
  EXPECT_EQ(shell("echo before > log; " + three + "-o /dev/stdout >> log; cat log").out.size(),
            16U);
  EXPECT_EQ(shell("{ " + three + "-o /dev/fd/5; echo end >&5; } 5> log; cat log").out.size(), 13U);
  // The shell holds the pipe open, so that no sample waits for a reader that has gone.
  EXPECT_EQ(shell("mkfifo pipe; exec 9<>pipe; " + three + "-o pipe; head -c 9 <&9").out.size(), 9U);
  EXPECT_FALSE(fs::exists(path("pipe-1")));
  EXPECT_EQ(shell("$Z generate gzip -p ab -o /dev/fd/5 5< text").exit_code, 1);
  expect_refused({"rates", "lm:none", "--data", path("text"), "--record", "/dev/null"},
                 {"no regular file"});
}

TEST_F(Outputs, OfTrainingHaveAFolderOfTheirOwn) {
  if (!fs::exists(fs::path(ZIPDREAM_BINARY).parent_path() / "zipdream-train")) {
    GTEST_SKIP() << "built without libtorch";
  }
  const auto train = [&](const std::string& folder) {
    return Words{"train", path("text"), "-o", folder, "--steps", "1"};
  };
  expect_refused(train(model()), {"model: holds files that are no run's"}, 1);
  expect_refused(train(folder_.path()), {"holds files that are no run's"}, 1);
  expect_refused(train(path("text")), {"is no folder"}, 1);
  expect_refused(train(path("new.safetensors")), {"folder of files"});
  expect_refused({"train", path("missing"), "-o", path("new")}, {"missing"}, 1);
  const Words tiny = {"--hidden-size",
                      "16",
                      "--heads",
                      "1",
                      "--layers",
                      "1",
                      "--context-length",
                      "32",
                      "-t",
                      "1",
                      "-q",
                      "--batch",
                      "64",
                      "--bpe",
                      "260"};
  Words begin = train(path("run\xe9")) + tiny;
  fs::rename(path("text"), path("caf\xe9"));
  begin[1] = path("caf\xe9");
  ASSERT_EQ(run_zipdream(begin + Words{"--json"}).exit_code, 0);
  fs::rename(path("caf\xe9"), path("text"));
  expect_refused(train(path("run\xe9")), {"holds a run"});
  const Words resume = {"train", "--resume", path("run\xe9"), "--steps", "2", "-q"};
  expect_refused(resume, {"caf\\xe9: no such file"}, 1);
  fs::rename(path("text"), path("caf\xe9"));
  EXPECT_EQ(run_zipdream(resume).exit_code, 0);
}

}  // namespace
}  // namespace zipdream
