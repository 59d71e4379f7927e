# SPDX-License-Identifier: Apache-2.0
# Third-party libraries, all Debian packages that scripts/install_dependencies.sh installs.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)  # MD5, by which public data sets are known
find_package(TBB REQUIRED)
if(ZIPDREAM_BUILD_CLI OR ZIPDREAM_BUILD_TRAINING OR ZIPDREAM_BUILD_BENCH)
  find_package(CLI11 REQUIRED)
endif()
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(BZip2 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlienc libbrotlidec)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
find_library(ZOPFLI_LIBRARY zopfli REQUIRED)  # pkg-config doesn't know it
find_path(ZOPFLI_INCLUDE_DIR zopfli/zopfli.h REQUIRED)
if(ZIPDREAM_BUILD_AUDIO)
  pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
  pkg_check_modules(MPG123 REQUIRED IMPORTED_TARGET libmpg123)  # what libsndfile reads MP3 with
  pkg_check_modules(FLAC REQUIRED IMPORTED_TARGET flac)  # what libsndfile writes FLAC with
  pkg_check_modules(SAMPLERATE REQUIRED IMPORTED_TARGET samplerate)
endif()
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)  # classes of characters for tokenizers
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)  # patterns that files of tokenizers state
find_path(UTFCPP_INCLUDE_DIR utf8.h PATH_SUFFIXES utf8cpp REQUIRED)

pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)  # vectors of language models
# Of 64-bit ARM's vectors those that every processor has are used, so nothing is to be chosen at run time. Highway asks
# for its AES instructions when it may choose, and GCC then can't inline members of ours that hold vectors.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set_property(TARGET PkgConfig::HWY APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS TOOLCHAIN_MISS_SYS_AUXV_H)
endif()
# What trains language models; without it there is no `zipdream train`, and nothing else changes.
# Another than Debian's: -DCMAKE_PREFIX_PATH=/where/libtorch/is.
if(ZIPDREAM_BUILD_TRAINING)
  find_package(Torch QUIET)
endif()

# What speaks HTTP; without it there is no `zipdream serve`.
if(ZIPDREAM_BUILD_SERVER)
  pkg_check_modules(HTTPLIB QUIET IMPORTED_TARGET cpp-httplib)
  if(NOT HTTPLIB_FOUND)
    message(STATUS "cpp-httplib was not found: zipdream-serve is left out")
  endif()
endif()

# What lets processes of many machines talk; without it there is no zipdream-mpi.
if(ZIPDREAM_BUILD_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)  # only its functions for C
  find_package(MPI QUIET COMPONENTS CXX)
  if(NOT MPI_CXX_FOUND)
    message(STATUS "MPI was not found: zipdream-mpi is left out")
  endif()
endif()

# The Python of the system, not one of an environment: its module is installed beside the library.
if(ZIPDREAM_BUILD_PYTHON)
  if(NOT DEFINED Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python3_EXECUTABLE /usr/bin/python3)
  endif()
  find_package(Python3 QUIET COMPONENTS Interpreter Development.Module)
  set(PYTHON_EXECUTABLE ${Python3_EXECUTABLE})
  if(Python3_FOUND)
    find_package(pybind11 QUIET)
  endif()
  if(NOT pybind11_FOUND)
    message(STATUS "pybind11 was not found: the Python module is left out")
  endif()
endif()

# Charts of pages; the program holds a copy.
find_file(CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js REQUIRED)

# OpenCV by its parts: libopencv-dev would pull in VTK and Qt for three libraries.
if(ZIPDREAM_BUILD_IMAGES)
  find_path(OPENCV_INCLUDE_DIR opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4 REQUIRED)
  set(OPENCV_LIBRARIES "")
  foreach(part core imgproc imgcodecs)
    find_library(OPENCV_${part}_LIBRARY opencv_${part} REQUIRED)
    list(APPEND OPENCV_LIBRARIES ${OPENCV_${part}_LIBRARY})
  endforeach()
endif()

if(ZIPDREAM_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
