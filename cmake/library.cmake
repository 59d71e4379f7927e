# SPDX-License-Identifier: Apache-2.0
# libzipdream, to which each zipdream_module() adds its objects.
add_library(zipdream_static STATIC)
set_target_properties(zipdream_static PROPERTIES OUTPUT_NAME zipdream EXPORT_NAME zipdream_static LINKER_LANGUAGE CXX)
target_include_directories(zipdream_static INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                     $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
