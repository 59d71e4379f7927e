// SPDX-License-Identifier: Apache-2.0
// Finds and loads zipdream_opencv.so: next to the running program (the build tree), in
// ../lib/zipdream from there (installed), then in $ZIPDREAM_MODULE_DIR. The first one that exists
// is taken, and must load.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "media/image/imaging.h"
#include "media/image/module.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> module_folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    folders.push_back(program.parent_path());
    folders.push_back(program.parent_path().parent_path() / "lib" / "zipdream");
  }
  if (const char* extra = std::getenv("ZIPDREAM_MODULE_DIR"); extra != nullptr && *extra != '\0') {
    folders.emplace_back(extra);
  }
  return folders;
}

fs::path find_module() {
  std::string searched;
  for (const fs::path& folder : module_folders()) {
    std::error_code error;
    if (fs::path file = folder / kImagingModule; fs::exists(file, error)) return file;
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw Error(std::string(kImagingModule) + ": the part that reads and draws images is not in " +
              searched + "; reinstall zipdream or set ZIPDREAM_MODULE_DIR to the folder it is in");
}

const Imaging& load_imaging() {
  const fs::path file = find_module();
  // OpenCV draws in a BLAS that nobody here asks anything; OpenBLAS would start a thread for each
  // core as soon as it is there.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  // Local, so that the symbols of OpenCV's 140 libraries meet nothing of the program's.
  void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* reason = dlerror();  // names the file or the library that is missing
    throw Error(std::string(reason != nullptr ? reason : file.c_str()) +
                "; install the package libopencv-imgcodecs406, which images need");
  }
  using Entry = decltype(&zipdream_imaging_v1);
  const auto entry = reinterpret_cast<Entry>(dlsym(module, kImagingEntry));
  if (entry == nullptr) {
    dlclose(module);
    throw Error(file.string() + ": belongs to another version of zipdream (it has no " +
                kImagingEntry + "); reinstall zipdream");
  }
  return *entry();  // never unloaded: the instance lives in it
}

}  // namespace

const Imaging& imaging() {
  static const Imaging& instance = load_imaging();  // a failed load is tried again by the next call
  return instance;
}

}  // namespace zipdream
