// SPDX-License-Identifier: Apache-2.0
// Parts of zipdream that are shared objects of their own, because the libraries that they draw in
// are large: loaded by those who need them, and never by others.
#pragma once

#include <string>

namespace zipdream {

struct ModuleInfo {
  std::string file;     // "zipdream_opencv.so"
  std::string entry;    // its one symbol; the number in it is the version of what both sides share
  std::string does;     // "reads and draws images", for the message
  std::string missing;  // what to do where the file is nowhere: "reinstall zipdream"
  std::string needs;    // what to do where it can't be loaded: "install the package ..."
};

// The address of the module's entry. It is looked for
//  1. next to the file that this code is in, which is the program or libzipdream.so, and in
//     zipdream/ there: the build tree, and an installed library,
//  2. in lib/zipdream beside the folder of that file: an installed program,
//  3. in $ZIPDREAM_MODULE_DIR,
//  4. where the build was told that it will be installed: a Python module lies elsewhere.
// The first one that exists is taken, and must load; it is never unloaded. Throws Error where there
// is none, or it is of another version.
[[nodiscard]] void* load_module(const ModuleInfo& module);

}  // namespace zipdream
