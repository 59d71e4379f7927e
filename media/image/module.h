// SPDX-License-Identifier: Apache-2.0
// The one symbol by which the library and its OpenCV module know each other. The number in the name
// is the version of what they share (the virtual table of Imaging and the structs it passes): raise
// it with every change to them, so that no library calls into a module that was built for another
// layout.
#pragma once

#include "media/image/imaging.h"
#include "zipdream/export.h"

// The module's only instance; lives as long as the program. Does not throw.
extern "C" ZIPDREAM_API const zipdream::Imaging* zipdream_imaging_v1();

namespace zipdream {

inline constexpr const char* kImagingEntry = "zipdream_imaging_v1";
inline constexpr const char* kImagingModule = "zipdream_opencv.so";

}  // namespace zipdream
