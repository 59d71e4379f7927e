# SPDX-License-Identifier: Apache-2.0
# Debian packages, one for each component that is installed: cpack makes them after a build with the prefix /usr.
# scripts/build_packages.sh does all of it, scripts/check_packages.sh tries them in a fresh system.
set(ZIPDREAM_MAINTAINER "The zipdream maintainers <zipdream@packages.invalid>" CACHE STRING "Who signs the packages")
set(ZIPDREAM_PACKAGE_REVISION 1 CACHE STRING "Of the packages of one version")
set(package_version ${PROJECT_VERSION}-${ZIPDREAM_PACKAGE_REVISION})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${ZIPDREAM_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${ZIPDREAM_PACKAGE_REVISION})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL "")
set(generated ${CMAKE_BINARY_DIR}/debian)
file(MAKE_DIRECTORY ${generated})

# The changelogs: ours, and one in Debian's form, dated by SOURCE_DATE_EPOCH where that is set.
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
foreach(changelog changelog changelog.Debian)
  set(text ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
  if(changelog STREQUAL changelog.Debian)
    set(text ${generated}/changelog.Debian)
    configure_file(cmake/debian/changelog.in ${text} @ONLY)
  endif()
  execute_process(COMMAND gzip -9nc ${text} OUTPUT_FILE ${generated}/${changelog}.gz COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# zipdream_package(COMPONENT NAME SECTION SUMMARY TEXT [DEPENDS d...] [RECOMMENDS r...] [SUGGESTS s...]
#                  [CONTROL file...] [DATA])
# DATA: the same for all machines, with nothing that is linked.
function(zipdream_package component name section summary text)
  cmake_parse_arguments(PACKAGE "DATA" "" "DEPENDS;RECOMMENDS;SUGGESTS;CONTROL" ${ARGN})
  string(TOUPPER ${component} upper)
  set(prefix CPACK_DEBIAN_${upper}_)
  list(JOIN PACKAGE_DEPENDS ", " depends)
  list(JOIN PACKAGE_RECOMMENDS ", " recommends)
  list(JOIN PACKAGE_SUGGESTS ", " suggests)
  foreach(pair PACKAGE_NAME=name PACKAGE_SECTION=section PACKAGE_DEPENDS=depends PACKAGE_RECOMMENDS=recommends
               PACKAGE_SUGGESTS=suggests)
    string(REPLACE = ";" pair ${pair})
    list(GET pair 0 key)
    list(GET pair 1 value)
    set(${prefix}${key} "${${value}}" PARENT_SCOPE)
  endforeach()
  set(${prefix}DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  set(${prefix}PACKAGE_CONTROL_EXTRA "${PACKAGE_CONTROL}" PARENT_SCOPE)
  if(PACKAGE_DATA)
    set(${prefix}PACKAGE_ARCHITECTURE all PARENT_SCOPE)
  else()
    set(${prefix}PACKAGE_SHLIBDEPS ON PARENT_SCOPE)
  endif()
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
  set(folder ${CMAKE_INSTALL_DATADIR}/doc/${name})
  set(copyright ${CMAKE_SOURCE_DIR}/cmake/debian/${name}.copyright)
  if(NOT EXISTS ${copyright})
    set(copyright ${CMAKE_SOURCE_DIR}/cmake/debian/copyright)
  endif()
  install(FILES ${copyright} DESTINATION ${folder} RENAME copyright COMPONENT ${component})
  install(FILES ${generated}/changelog.gz ${generated}/changelog.Debian.gz
          DESTINATION ${folder} COMPONENT ${component})
  if(EXISTS ${CMAKE_SOURCE_DIR}/cmake/debian/${name}.lintian-overrides)
    install(FILES ${CMAKE_SOURCE_DIR}/cmake/debian/${name}.lintian-overrides
            DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME ${name} COMPONENT ${component})
  endif()
endfunction()

set(about "zipdream continues texts, images and audio by compressors such as gzip, xz
and PNG, by models that learn and by language models, and compresses by any
of them: what a compressor writes in few bits is what it expects.")
set(same "(= ${package_version})")

zipdream_package(
  command zipdream utils "any compressor as a generative model, and the other way round" "${about}
.
This package has the command zipdream and the server zipdream-serve."
  DEPENDS "libzipdream0 ${same}" RECOMMENDS "zipdream-models ${same}" SUGGESTS "zipdream-train ${same}")
zipdream_package(
  library libzipdream0 libs "any compressor as a generative model: shared library" "${about}
.
This package has the shared library, and the part that reads images."
  RECOMMENDS "zipdream-models ${same}" CONTROL ${generated}/shlibs ${CMAKE_SOURCE_DIR}/cmake/debian/library/triggers)
configure_file(cmake/debian/library/shlibs.in ${generated}/shlibs @ONLY)
zipdream_package(
  development libzipdream-dev libdevel "any compressor as a generative model: for developers" "${about}
.
This package has the headers for C and C++, the static library, and files
for CMake and pkg-config."
  DEPENDS "libzipdream0 ${same}" libfmt-dev zlib1g-dev liblzma-dev libbz2-dev libzstd-dev libbrotli-dev libdeflate-dev
          libzopfli-dev libwebp-dev libutf8proc-dev libpcre2-dev libhwy-dev libtbb-dev libssl-dev libsndfile1-dev
          libmpg123-dev libflac-dev libsamplerate0-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libzipdream-dev COMPONENT development)
zipdream_package(
  models zipdream-models science "small language models for zipdream" "${about}
.
This package has small language models of English, speech and pixels, which
were trained by zipdream-train." DATA)
if(TARGET zipdream-train)
  zipdream_package(
    training zipdream-train science "trains language models for zipdream" "${about}
.
This package has zipdream-train, which trains language models of texts by
libtorch." DEPENDS "zipdream ${same}" RECOMMENDS libopenblas0-pthread)
endif()
if(TARGET zipdream-mpi)
  zipdream_package(
    mpi zipdream-mpi science "tables of zipdream by many processes" "${about}
.
This package has zipdream-mpi, by which all processes of an mpirun measure
compression rates." DEPENDS "zipdream ${same}" openmpi-bin)
endif()
if(TARGET zipdream-train-mpi)
  zipdream_package(
    training-mpi zipdream-train-mpi science "trains language models by many processes" "${about}
.
This package has zipdream-train-mpi, which zipdream-train becomes when mpirun
starts it." DEPENDS "zipdream-train ${same}" openmpi-bin)
endif()
if(TARGET zipdream_python)
  # An extension is made for one minor version of Python.
  math(EXPR next_python "${Python3_VERSION_MINOR} + 1")
  zipdream_package(
    python python3-zipdream python "any compressor as a generative model: Python module" "${about}
.
This package has the module zipdream for Python 3."
    DEPENDS "python3 (>= 3.${Python3_VERSION_MINOR}~)" "python3 (<< 3.${next_python})" "libzipdream0 ${same}"
    RECOMMENDS "zipdream-models ${same}" SUGGESTS python3-numpy
    CONTROL ${CMAKE_SOURCE_DIR}/cmake/debian/python/postinst ${CMAKE_SOURCE_DIR}/cmake/debian/python/prerm)
endif()

include(CPack)
