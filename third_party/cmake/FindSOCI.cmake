# Finds SOCI 4, which ships neither a CMake config nor a pkg-config file on Debian.
#
# Components: sqlite3, postgresql, mysql. A component is found when its header and its versioned shared
# library are there. Only the core is linked: the engine opens a backend's library when a URL asks for that
# database, which keeps the start of every other command free of drivers.
#
# Targets: SOCI::core, SOCI::headers (with the drivers' own headers), and for each component the variable
# SOCI_<component>_LIBRARY_NAME, the file name to give to dlopen.

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_CORE_LIBRARY NAMES libsoci_core.a soci_core)

if(SOCI_INCLUDE_DIR)
  file(STRINGS ${SOCI_INCLUDE_DIR}/soci/version.h _soci_version_line REGEX "#define SOCI_LIB_VERSION \"")
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)_([0-9]+)\".*" "\\1.\\2.\\3" SOCI_VERSION "${_soci_version_line}")
  string(REGEX REPLACE "^([0-9]+\\.[0-9]+).*" "\\1" _soci_abi "${SOCI_VERSION}")
endif()

set(_soci_driver_header_sqlite3 sqlite3.h)
set(_soci_driver_header_postgresql libpq-fe.h)
set(_soci_driver_header_mysql mysql.h)

foreach(component IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${component}_LIBRARY soci_${component})
  find_path(SOCI_${component}_DRIVER_INCLUDE_DIR ${_soci_driver_header_${component}}
            PATH_SUFFIXES postgresql mariadb mysql)
  if(SOCI_${component}_LIBRARY AND SOCI_${component}_DRIVER_INCLUDE_DIR)
    set(SOCI_${component}_FOUND TRUE)
    set(SOCI_${component}_LIBRARY_NAME "libsoci_${component}.so.${_soci_abi}")
    list(APPEND _soci_driver_includes ${SOCI_${component}_DRIVER_INCLUDE_DIR})
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_CORE_LIBRARY SOCI_INCLUDE_DIR
                                  VERSION_VAR SOCI_VERSION HANDLE_COMPONENTS)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  list(REMOVE_DUPLICATES _soci_driver_includes)
  add_library(SOCI::headers INTERFACE IMPORTED)
  set_target_properties(SOCI::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR};${SOCI_INCLUDE_DIR}/soci;${_soci_driver_includes}")
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(SOCI::core PROPERTIES IMPORTED_LOCATION ${SOCI_CORE_LIBRARY})
  target_link_libraries(SOCI::core INTERFACE SOCI::headers)
endif()
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY)
