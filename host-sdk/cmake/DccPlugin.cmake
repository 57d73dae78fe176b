# SPDX-License-Identifier: Apache-2.0
#
# dcc_add_plugin(NAME SOURCES ... [LIBS ...]): the shared object NAME.so, linked so that it gets along
# with any host: its C++ run-time is inside, so that no version of the host's can clash with it, but
# for libgcc_s, of which a process has one; one symbol is visible; nothing is left to be found at load
# time; what is not used is left out, and with it the C library's newest functions, which libstdc++
# calls from there: glibc 2.34 is enough. The sources see DCC_VERSION (the
# project's) and DCC_BUILD (the variable of that name, or else the compiler). No path of the building
# machine gets into it, so that two builds of the same sources are the same octets.
function(dcc_add_plugin name)
  cmake_parse_arguments(P "" "" "SOURCES;LIBS" ${ARGN})
  if(NOT P_SOURCES OR P_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dcc_add_plugin(${name} ${ARGN}): expected NAME SOURCES ... [LIBS ...]")
  endif()
  if(NOT PROJECT_VERSION)
    message(FATAL_ERROR "dcc_add_plugin(${name}): project(${PROJECT_NAME}) has no VERSION")
  endif()
  if(NOT DCC_BUILD)
    set(DCC_BUILD "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE}")
  endif()
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(${name} MODULE ${P_SOURCES})
  target_link_libraries(${name} PRIVATE DccAdaptorSdk::plugin-api ${P_LIBS})
  target_compile_definitions(${name} PRIVATE
    DCC_VERSION="${PROJECT_VERSION}" DCC_BUILD="${DCC_BUILD}")
  dcc_hide_paths(${name})
  set_target_properties(${name} PROPERTIES PREFIX "" LINK_DEPENDS ${map})
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--as-needed)
  # A sanitizer's run-time is the host's, and it wants the host's libstdc++, too.
  if(NOT DCC_SANITIZE)
    target_link_options(${name} PRIVATE -static-libstdc++ -Wl,--gc-sections -Wl,--no-undefined)
  endif()
endfunction()

# dcc_hide_paths(TARGET): what the compiler writes about a source's place starts at the project's
# directory. For a plugin's parts that are libraries of their own. (The last option that fits counts.)
function(dcc_hide_paths target)
  target_compile_options(${target} PRIVATE
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
endfunction()
