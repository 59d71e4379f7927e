// SPDX-License-Identifier: Apache-2.0
#include "base/load_module.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "zipdream/error.h"

namespace zipdream {
namespace {

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

fs::path find_file(const ModuleInfo& module) {
  std::string searched;
  for (const fs::path& folder : module_folders()) {
    std::error_code error;
    if (fs::path file = folder / module.file; fs::exists(file, error)) return file;
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw Error(module.file + ": the part that " + module.does + " is not in " + searched + "; " +
              module.missing + " or set ZIPDREAM_MODULE_DIR to the folder it is in");
}

}  // namespace

void* load_module(const ModuleInfo& module) {
  const fs::path file = find_file(module);
  // Local, so that the symbols of its many libraries meet nothing of the program's.
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();  // names the file or the library that is missing
    throw Error(std::string(reason != nullptr ? reason : file.c_str()) + "; " + module.needs);
  }
  void* const entry = dlsym(handle, module.entry.c_str());
  if (entry == nullptr) {
    dlclose(handle);
    throw Error(file.string() + ": belongs to another version of zipdream (it has no " +
                module.entry + "); reinstall zipdream");
  }
  return entry;
}

}  // namespace zipdream
