# SPDX-License-Identifier: Apache-2.0
# For 64-bit ARM, built on another processor by Debian's g++-aarch64-linux-gnu; its programs run by qemu-aarch64.
# ZIPDREAM_ARM64_ROOT holds the libraries, as scripts/arm64_root.sh gathers them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(ZIPDREAM_ARM64_ROOT "${CMAKE_CURRENT_LIST_DIR}/../build/arm64-root" CACHE PATH "Libraries for 64-bit ARM")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIPDREAM_ARM64_ROOT)
file(REAL_PATH "${ZIPDREAM_ARM64_ROOT}" root)
set(CMAKE_SYSROOT "${root}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${root}/usr/lib/aarch64-linux-gnu/pkgconfig:${root}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${root}")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64;-L;${root}")
