# SPDX-License-Identifier: Apache-2.0
#
# The SDK as others install it: component `sdk`. An export set for each component of
# find_package(DccAdaptorSdk), so that a plugin author needs none of the host libraries' dependencies.
include(CMakePackageConfigHelpers)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/dcc-adaptor-sdk)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/DccAdaptorSdk)
set(pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set_target_properties(dcc-plugin-api PROPERTIES EXPORT_NAME plugin-api)
set_target_properties(dcc-host PROPERTIES EXPORT_NAME host)
set_target_properties(dcc-duis PROPERTIES EXPORT_NAME duis)
set_target_properties(dcc-adaptor PROPERTIES EXPORT_NAME adaptor)
set_target_properties(dcc-json PROPERTIES EXPORT_NAME json)
set_target_properties(dcc-store-suite PROPERTIES EXPORT_NAME store-suite)
foreach(part plugin:dcc-plugin-api host:dcc-host duis:dcc-duis
    adaptor:dcc-adaptor:dcc-json:dcc-store-suite)
  string(REPLACE ":" ";" targets ${part})
  list(POP_FRONT targets component)
  install(TARGETS ${targets} EXPORT DccAdaptorSdk-${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk
    FILE_SET HEADERS DESTINATION ${headers} COMPONENT sdk)
  install(EXPORT DccAdaptorSdk-${component} NAMESPACE DccAdaptorSdk::
    DESTINATION ${package} COMPONENT sdk)
endforeach()

# For adaptors in any language: the libraries, their headers, the program, and the conformance test
# for bindings.
foreach(name host-c host-c-api duis-c duis-c-api)
  set_target_properties(dcc-${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS dcc-host-c dcc-host-c-api dcc-duis-c dcc-duis-c-api EXPORT DccAdaptorSdk-foreign
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk
  FILE_SET HEADERS DESTINATION ${headers} COMPONENT sdk)
install(EXPORT DccAdaptorSdk-foreign NAMESPACE DccAdaptorSdk::
  DESTINATION ${package} COMPONENT sdk)
install(TARGETS dcc-decide RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/host-sdk/foreign/golden
  DESTINATION ${CMAKE_INSTALL_DATADIR}/dcc-adaptor-sdk COMPONENT sdk)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/DccAdaptorSdkConfig.cmake.in
  DccAdaptorSdkConfig.cmake INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(DccAdaptorSdkConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/DccAdaptorSdkConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/DccAdaptorSdkConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/DccPlugin.cmake
  ${CMAKE_CURRENT_LIST_DIR}/FindLibMd.cmake
  ${CMAKE_CURRENT_LIST_DIR}/plugin.map
  DESTINATION ${package} COMPONENT sdk)

# Paths in the .pc files start at the files themselves: an SDK may be unpacked anywhere.
file(RELATIVE_PATH up /${pkgconfig} /)
string(REGEX REPLACE "/$" "" up ${up})
foreach(name dcc-plugin dcc-host dcc-host-c dcc-duis dcc-duis-c dcc-adaptor)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${pkgconfig} COMPONENT sdk)
endforeach()

# The probe is a component of its own: hosts need it, and not the SDK.
install(TARGETS dcc-plugin-probe RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/dcc
  COMPONENT probe)
# For plugin authors; and for who hosts plugin.h directly. Not where hosts look for plugins.
install(TARGETS dcc-plugin-check RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk)
install(TARGETS host-check
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/dcc-adaptor-sdk COMPONENT sdk)
