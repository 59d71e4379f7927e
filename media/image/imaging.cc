// SPDX-License-Identifier: Apache-2.0
// Finds and loads zipdream_opencv.so. It is looked for
//  1. next to the file that this code is in, which is the program or libzipdream.so, and in
//     zipdream/ there: the build tree, and an installed library,
//  2. in lib/zipdream beside the folder of that file: an installed program,
//  3. in $ZIPDREAM_MODULE_DIR,
//  4. where the build was told that it will be installed: a Python module lies elsewhere.
// The first one that exists is taken, and must load.
#include "media/image/imaging.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "zipdream/error.h"

namespace zipdream {
namespace {

#if ZIPDREAM_HAS_IMAGES

constexpr const char* kImagingEntry = "zipdream_imaging_v1";  // declared in imaging.h
constexpr const char* kImagingModule = "zipdream_opencv.so";

namespace fs = std::filesystem;

// The folder of the program or shared library that this function is linked into; empty if the
// system doesn't say.
fs::path own_folder() {
  Dl_info info{};
  void* object = nullptr;
  const auto* const here = reinterpret_cast<const void*>(&own_folder);
  if (dladdr1(here, &info, &object, RTLD_DL_LINKMAP) == 0) return {};
  std::error_code error;
  const std::string library = static_cast<const link_map*>(object)->l_name;  // "": the program
  const fs::path file =
      library.empty() ? fs::read_symlink("/proc/self/exe", error) : fs::absolute(library, error);
  return error ? fs::path() : file.parent_path();
}

std::vector<fs::path> module_folders() {
  std::vector<fs::path> folders;
  if (const fs::path own = own_folder(); !own.empty()) {
    folders = {own, own / "zipdream", own.parent_path() / ZIPDREAM_MODULE_FOLDER};
  }
  if (const char* extra = std::getenv("ZIPDREAM_MODULE_DIR"); extra != nullptr && *extra != '\0') {
    folders.emplace_back(extra);
  }
  folders.emplace_back(ZIPDREAM_INSTALLED_MODULE_FOLDER);
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

#else

const Imaging& load_imaging() {
  throw Error(
      "this zipdream was built without images; install one that was built with "
      "ZIPDREAM_BUILD_IMAGES");
}

#endif

}  // namespace

const Imaging& imaging() {
  static const Imaging& instance = load_imaging();  // a failed load is tried again by the next call
  return instance;
}

}  // namespace zipdream
