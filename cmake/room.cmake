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
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()

# zipdream_room(NAME SOURCES file... [DEPENDS room...] [LIBRARIES lib...]): one static library for the
# current folder. DEPENDS are rooms; LIBRARIES are third-party and stay private to the .cc files.
function(zipdream_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  zipdream_flags(${name})
  target_link_libraries(${name} PUBLIC ${ROOM_DEPENDS} PRIVATE ${ROOM_LIBRARIES})
endfunction()

# zipdream_test(ROOM SOURCES file... [DEPENDS room...]): the GoogleTest program of one room. Every test
# is registered with ctest by its own name; those named "Slow..." carry the label slow.
function(zipdream_test room)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${room}_test ${TEST_SOURCES})
  zipdream_flags(${room}_test)
  target_link_libraries(${room}_test PRIVATE ${TEST_DEPENDS} GTest::gmock GTest::gtest_main)
  set_target_properties(${room}_test PROPERTIES ENABLE_EXPORTS ON)
  gtest_discover_tests(${room}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
