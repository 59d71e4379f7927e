// SPDX-License-Identifier: Apache-2.0
// Names of files, models and data hold any bytes. Whatever is said of them is safe to show on a
// terminal, and on as many lines as was meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/terminal_text.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

// A line feed, a title of the window, a colour, a C1 control, a mark that turns text around, and
// what is no UTF-8.
const std::string kName = "a\nb\x1b]0;gone\x07\x1b[31m\xc2\x9b\xe2\x80\xae\xff|z";

class NamesOfAnyBytes : public testing::Test {
 protected:
  NamesOfAnyBytes() {
    const Bytes text = read_file(sample("text.txt"));
    write_file(file_, ByteView(text).first(3000));
  }

  // What comes is text, and none of the name's bytes is there as it is.
  static void expect_safe(const std::string& shown) {
    EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown, Not(HasSubstr("\x07")));
    EXPECT_THAT(shown, Not(HasSubstr("\xc2\x9b")));
    EXPECT_THAT(shown, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_TRUE(is_utf8(as_bytes(shown))) << shown;
  }

  static void expect_one_safe_line(const Words& arguments) {
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_NE(result.exit_code, 0) << testing::PrintToString(arguments);
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr("\\x1b"));
    expect_safe(result.err);
  }

  const TemporaryFolder folder_;
  const std::string file_ = folder_ / kName;
};

TEST_F(NamesOfAnyBytes, AreEscapedInEveryError) {
  const std::string missing = folder_ / (kName + "missing");
  const std::string lm = "lm:\"" + missing + "\"";
  for (const Words& arguments :
       std::vector<Words>{{"generate", "gzip", "-f", missing},
                          {"generate", "gzip", "-f", file_, "-o", file_},
                          {"generate", "gzip", "-p", "x", "--corpus", missing},
                          {"generate", "gzip", "-p", "x", "-o", missing + "/x"},
                          {"generate", lm, "-p", "x"},
                          {"generate", kName, "-p", "x"},
                          {"generate", "gzip:" + kName, "-p", "x"},
                          {"generate", "gzip", "-p", "x", "--" + kName},
                          {"generate", "gzip", "-p", "x", "--method", kName},
                          {"generate", "gzip", "-p", "x", "--seed", kName},
                          {"predict", "gzip", "-f", missing},
                          {"score", "gzip", missing},
                          {"score", "gzip", file_, "--alphabet", "a"},
                          {"compare", "gzip", "gzip@" + kName, "-p", "x"},
                          {"compare", "gzip", "-p", "x", "--html", file_},
                          {"compress", missing},
                          {"compress", "-m", lm, file_},
                          {"compress", "-m", kName, file_},
                          {"decompress", file_},
                          {"decompress", file_, "-o", "x"},
                          {"test", file_},
                          {"info", missing},
                          {"rates", "gzip", "--data", missing},
                          {"rates", "gzip", "--data", file_, "--record", file_},
                          {"rates", "gzip", "--data", file_, "--shard", kName},
                          {"rates", "gzip", "--data", file_, "--chunk", kName},
                          {"scaling", "gzip", "--data", file_, "--sizes", kName},
                          {"merge", file_},
                          {"tokenization", missing, "--data", file_, "-o", file_},
                          {kName},
                          {"list", kName}}) {
    expect_one_safe_line(arguments);
  }
}

TEST_F(NamesOfAnyBytes, AreEscapedInEverythingElse) {
  const std::string model = folder_ / (kName + "model");
  fs::create_directory(model);
  tiny_llama(false, 16).write(model);
  const std::string lm = "lm:\"" + model + "\"";
  for (const Words& arguments : std::vector<Words>{
           {"generate", "gzip", "-f", file_, "-n", "3", "-o", folder_ / (kName + "out")},
           {"generate", lm, "-p", "x", "-n", "3", "-v", "--stats", "--judge", lm, "-o",
            "/dev/null"},
           {"predict", lm, "-p", "x"},
           {"score", lm, file_, "-q"},
           {"compare", lm, "-p", "x", "-n", "3", "-q"},
           {"compress", "-v", "-m", lm, file_},
           {"test", "-v", file_ + ".zd"},
           {"info", file_},
           {"info", file_ + ".zd"},
           {"decompress", "-v", "-f", file_ + ".zd"},
           {"rates", "gzip", lm, "--data", kName + "=" + file_, file_, "--no-times"},
           {"in-context", lm, "--data", file_, "--chunk", "64"},
           {"scaling", lm, "--data", file_, "--sizes", "100"}}) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    if (arguments[0] != "generate" && arguments[0] != "compare") expect_safe(result.out);
    expect_safe(result.err);
    EXPECT_THAT(result.out + result.err, HasSubstr("\\x1b"));
  }
  // A table keeps its columns: the name's line feed and its bar end no cell.
  const std::string table = run_zipdream({"rates", "gzip", "--data", file_, "--no-times"}).out;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("|")) {
      EXPECT_TRUE(line.ends_with("|")) << line;
    }
  }
  EXPECT_THAT(table, HasSubstr("\\|z"));
}

// The lines of a bar, without what moves the cursor.
std::vector<std::string> drawn_lines(const std::string& err) {
  std::vector<std::string> lines;
  std::istringstream parts(err);
  for (std::string part; std::getline(parts, part, '\r');) {
    const std::size_t end = part.find("\x1b[K");
    if (end != std::string::npos && end > 0) lines.push_back(part.substr(0, end));
  }
  return lines;
}

TEST_F(NamesOfAnyBytes, FitIntoTheWidthOfTheTerminalAsProgress) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  // Of wide characters, and longer than a line.
  const std::string wide = folder_ / ("\xe6\xb5\xb7\xe6\xb5\xb7\xe6\xb5\xb7\x1b" +
                                      std::string(100, 'x') + "\xe7\x81\xaf\xe7\x81\xaf.end");
  Bytes content(300'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<Byte>(i * i >> 5);
  write_file(wide, content);
  for (const unsigned short columns : std::initializer_list<unsigned short>{0, 61, 5}) {
    const ProcessResult result = run_zipdream({"compress", "-f", "-m", "cm", wide},
                                              {.error_terminal = true, .columns = columns});
    EXPECT_EQ(result.exit_code, 0);
    const std::vector<std::string> lines = drawn_lines(result.err);
    ASSERT_FALSE(lines.empty());
    for (const std::string& line : lines) {
      EXPECT_LT(terminal_columns(line), columns == 0 ? 80U : columns) << line;
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
      if (columns >= 61) {
        EXPECT_THAT(line, HasSubstr(".end "));
      }
    }
  }
}

}  // namespace
}  // namespace zipdream
