# SPDX-License-Identifier: Apache-2.0
#
# dcc_add_plugin(NAME SOURCES ... [LIBS ...]): the shared object NAME.so, linked so that it gets along
# with any host: its C++ run-time is inside, so that no version of the host's can clash with it; one
# symbol is visible; nothing is left to be found at load time. The sources see DCC_VERSION (the
# project's) and DCC_BUILD (the variable of that name).
function(dcc_add_plugin name)
  cmake_parse_arguments(P "" "" "SOURCES;LIBS" ${ARGN})
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(${name} MODULE ${P_SOURCES})
  target_link_libraries(${name} PRIVATE dcc-plugin-api ${P_LIBS})
  target_compile_definitions(${name} PRIVATE
    DCC_VERSION="${PROJECT_VERSION}" DCC_BUILD="${DCC_BUILD}")
  set_target_properties(${name} PROPERTIES PREFIX "" LINK_DEPENDS ${map})
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--as-needed)
  # A sanitizer's run-time is the host's, and it wants the host's libstdc++, too.
  if(NOT DCC_SANITIZE)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc -Wl,--no-undefined)
  endif()
endfunction()
