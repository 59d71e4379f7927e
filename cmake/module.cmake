# SPDX-License-Identifier: Apache-2.0
# zipdream_flags(TARGET): what every target of ours is compiled with.
#   -ffp-contract=off: a fused multiply-add rounds once where two operations round twice, so leaving
#   the choice to the compiler would let probabilities differ between machines (never -ffast-math,
#   never -march=native, for the same reason).
function(zipdream_flags target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wno-sign-conversion -Wno-missing-field-initializers -Wnon-virtual-dtor
                         -Woverloaded-virtual
                         -ffp-contract=off)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
endfunction()

# zipdream_precompile(TARGET header...): what most files of the target include is compiled once.
function(zipdream_precompile target)
  if(ZIPDREAM_PRECOMPILE)
    target_precompile_headers(
      ${target} PRIVATE <algorithm> <array> <cassert> <cmath> <cstddef> <cstdint> <functional> <memory> <optional>
      <span> <string> <string_view> <utility> <vector> <fmt/format.h> ${ARGN})
  endif()
endfunction()

# zipdream_module(NAME [EXCLUDE regex] [PRECOMPILE header...] [LIBRARIES lib...]): all .cc files below the current
# folder, but for those that match EXCLUDE, become a part of libzipdream. LIBRARIES are third-party and stay private to
# the .cc files.
function(zipdream_module name)
  cmake_parse_arguments(MODULE "" "EXCLUDE" "PRECOMPILE;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(MODULE_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${MODULE_EXCLUDE}")
  endif()
  add_library(zipdream_${name} OBJECT ${sources})
  zipdream_flags(zipdream_${name})
  zipdream_precompile(zipdream_${name} ${MODULE_PRECOMPILE})
  target_link_libraries(zipdream_${name} PRIVATE ${MODULE_LIBRARIES})
  zipdream_add_objects(zipdream_${name} LIBRARIES ${MODULE_LIBRARIES})
endfunction()

# zipdream_test(NAME SOURCES file... [LIBRARIES lib...] [TIMEOUT seconds]): the GoogleTest program of one module. Every
# test is registered with ctest by its own name; those named "Slow..." carry the label slow.
function(zipdream_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  add_executable(${name}_test ${TEST_SOURCES})
  zipdream_flags(${name}_test)
  zipdream_precompile(${name}_test <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(${name}_test PRIVATE zipdream_static ${TEST_LIBRARIES} fmt::fmt GTest::gmock GTest::gtest_main)
  set_target_properties(${name}_test PROPERTIES ENABLE_EXPORTS ON)
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()
