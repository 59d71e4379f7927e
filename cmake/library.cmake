# SPDX-License-Identifier: Apache-2.0
# libzipdream, to which each zipdream_module() adds its objects: static for the programs and tests here, and shared,
# where only what is marked ZIPDREAM_API is to be seen. Clients find either by find_package(zipdream):
#   zipdream::zipdream          the shared library (the static one where ZIPDREAM_BUILD_SHARED is OFF)
#   zipdream::zipdream_static   with COMPONENTS static; needs the -dev packages of all that zipdream is made of
option(ZIPDREAM_BUILD_SHARED "Build the shared library" ON)

set(zipdream_libraries zipdream_static)
add_library(zipdream_static STATIC)
set_target_properties(zipdream_static PROPERTIES EXPORT_NAME zipdream_static)
if(ZIPDREAM_BUILD_SHARED)
  add_library(zipdream_shared SHARED)
  list(APPEND zipdream_libraries zipdream_shared)
  set_target_properties(
    zipdream_shared PROPERTIES EXPORT_NAME zipdream VERSION ${PROJECT_VERSION}
                               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_options(zipdream_shared PRIVATE -Wl,--no-undefined -Wl,--exclude-libs,ALL)
  add_library(zipdream::zipdream ALIAS zipdream_shared)
else()
  add_library(zipdream::zipdream ALIAS zipdream_static)
endif()
foreach(library IN LISTS zipdream_libraries)
  set_target_properties(${library} PROPERTIES OUTPUT_NAME zipdream LINKER_LANGUAGE CXX)
  target_compile_features(${library} INTERFACE cxx_std_20)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

# zipdream_add_objects(MODULE LIBRARIES lib...): what a module is made of becomes a part of the libraries.
function(zipdream_add_objects module)
  cmake_parse_arguments(PART "" "" "LIBRARIES" ${ARGN})
  foreach(library IN LISTS zipdream_libraries)
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${module}>)
    target_link_libraries(${library} PRIVATE ${PART_LIBRARIES})
  endforeach()
endfunction()

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/zipdream)
# Where find_package() doesn't look if the build folder is in PATH: the configuration works where it is installed only.
set(package_build_folder ${PROJECT_BINARY_DIR}/package)
install(DIRECTORY include/zipdream DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
if(ZIPDREAM_BUILD_SHARED)
  install(TARGETS zipdream_shared EXPORT zipdreamTargets LIBRARY COMPONENT library NAMELINK_COMPONENT development)
  install(EXPORT zipdreamTargets NAMESPACE zipdream:: DESTINATION ${package_folder} COMPONENT development)
endif()
install(TARGETS zipdream_static EXPORT zipdreamStaticTargets ARCHIVE COMPONENT development)
install(EXPORT zipdreamStaticTargets NAMESPACE zipdream:: DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(cmake/zipdreamConfig.cmake.in ${package_build_folder}/zipdreamConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
# Until 1.0 each minor version may change what it likes.
write_basic_package_version_file(${package_build_folder}/zipdreamConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${package_build_folder}/zipdreamConfig.cmake ${package_build_folder}/zipdreamConfigVersion.cmake
        DESTINATION ${package_folder} COMPONENT development)
set(audio_libraries "")
if(ZIPDREAM_BUILD_AUDIO)
  set(audio_libraries "-lsndfile -lmpg123 -lFLAC -lsamplerate ")
endif()
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
# The system finds what lies in /usr.
set(rpath_flag "-Wl,-rpath,\${libdir} ")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(rpath_flag "")
endif()
configure_file(cmake/zipdream.pc.in ${package_build_folder}/zipdream.pc @ONLY)
install(FILES ${package_build_folder}/zipdream.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
