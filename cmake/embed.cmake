# SPDX-License-Identifier: Apache-2.0
# zipdream_embed(TARGET HEADER SYMBOL file...): compiles the files, one after the other, into
# TARGET as the std::string_view zipdream::SYMBOL, which HEADER declares.
function(zipdream_embed target header symbol)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cc)
  set(inputs "")
  foreach(file IN LISTS ARGN)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND inputs ${path})
  endforeach()
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DHEADER=${header} -DSYMBOL=${symbol} -DOUTPUT=${generated} "-DINPUTS=${inputs}"
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
