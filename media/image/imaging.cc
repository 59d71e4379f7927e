// SPDX-License-Identifier: Apache-2.0
#include "media/image/imaging.h"

#include "base/load_module.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

#if ZIPDREAM_HAS_IMAGES

const Imaging& load_imaging() {
  const auto entry = reinterpret_cast<decltype(&zipdream_imaging_v1)>(
      load_module({.file = "zipdream_opencv.so",
                   .entry = "zipdream_imaging_v1",  // declared in imaging.h
                   .does = "reads and draws images",
                   .missing = "reinstall zipdream",
                   .needs = "install the package libopencv-imgcodecs406, which images need"}));
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
