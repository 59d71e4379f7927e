// SPDX-License-Identifier: Apache-2.0
// Where the module is looked for. The probe is a copy of a program that says what loading came to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "media/image/imaging.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

class LoadImaging : public testing::Test {
 protected:
  LoadImaging() {
    fs::create_directories(folder_ / "bin");
    fs::copy_file(IMAGING_PROBE, folder_ / "bin/probe");
  }

  void put_module_into(const std::string& subfolder) {
    fs::create_directories(folder_ / subfolder);
    fs::create_symlink(IMAGING_MODULE, folder_ / (subfolder + "/zipdream_opencv.so"));
  }

  // The one line that the probe prints.
  [[nodiscard]] std::string outcome(const std::string& module_dir = "") const {
    const std::string command =
        "ZIPDREAM_MODULE_DIR='" + module_dir + "' '" + folder_ / "bin/probe" + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 4096> text{};
    const std::size_t size = fread(text.data(), 1, text.size(), pipe.get());
    return {text.data(), size};
  }

  TemporaryFolder folder_;
};

TEST_F(LoadImaging, FindsTheModuleNextToTheProgram) {
  put_module_into("bin");
  EXPECT_EQ(outcome(), "loaded\n");
}

TEST_F(LoadImaging, FindsTheInstalledModule) {
  put_module_into("lib/zipdream");
  EXPECT_EQ(outcome(), "loaded\n");
}

TEST_F(LoadImaging, FindsTheModuleInTheFolderThatTheEnvironmentNames) {
  put_module_into("elsewhere");
  EXPECT_EQ(outcome(folder_ / "elsewhere"), "loaded\n");
}

TEST_F(LoadImaging, NamesTheFoldersItSearchedAndTheRemedy) {
  EXPECT_THAT(outcome("/nowhere"),
              AllOf(HasSubstr(folder_ / "bin"), HasSubstr(folder_ / "lib/zipdream"),
                    HasSubstr("/nowhere"), HasSubstr("; reinstall zipdream or set")));
}

TEST_F(LoadImaging, RefusesAModuleThatIsNoLibrary) {
  std::ofstream(folder_ / "bin/zipdream_opencv.so") << "hello";
  EXPECT_THAT(outcome(), AllOf(HasSubstr("bin/zipdream_opencv.so: "), HasSubstr("; install")));
}

TEST_F(LoadImaging, RefusesAModuleOfAnotherVersion) {
  const std::string library = folder_ / "bin/zipdream_opencv.so";
  const std::string build =
      "echo 'int zipdream_imaging_v0;' | c++ -x c++ -shared -o '" + library + "' - 2>/dev/null";
  if (std::system(build.c_str()) != 0) GTEST_SKIP() << "no compiler to make another module with";
  EXPECT_THAT(outcome(), AllOf(HasSubstr("another version"), HasSubstr("; reinstall")));
}

TEST(Imaging, ThrowsErrorsThatTheProgramCatchesByTheirType) {
  try {
    static_cast<void>(imaging().decode(as_bytes("no image"), 1));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kFailure);
  }
}

TEST(Imaging, IsLoadedOnceByManyThreads) {
  std::vector<const Imaging*> seen(8);
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (const Imaging*& instance : seen) {
    threads.emplace_back([&instance] { instance = &imaging(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(seen, testing::Each(&imaging()));
}

}  // namespace
}  // namespace zipdream
