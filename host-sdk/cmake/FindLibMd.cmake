# SPDX-License-Identifier: Apache-2.0
#
# find_package(LibMd): LibMd::LibMd, the static library of libmd. Static, so that what is linked with
# it needs no further package where it runs.
find_path(LibMd_INCLUDE_DIR sha2.h)
find_library(LibMd_LIBRARY libmd.a)
mark_as_advanced(LibMd_INCLUDE_DIR LibMd_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibMd REQUIRED_VARS LibMd_LIBRARY LibMd_INCLUDE_DIR)
if(LibMd_FOUND AND NOT TARGET LibMd::LibMd)
  add_library(LibMd::LibMd STATIC IMPORTED)
  set_target_properties(LibMd::LibMd PROPERTIES
    IMPORTED_LOCATION ${LibMd_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${LibMd_INCLUDE_DIR})
endif()
