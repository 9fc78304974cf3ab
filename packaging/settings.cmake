# Read by `cpack` when it starts.
set(CMAKE_SUPPRESS_DEVELOPER_WARNINGS ON)  # a module has no version, so other packages cannot depend on it: as it should be

# For a cross build, dpkg-shlibdeps asks the packages of the sysroot (scripts/sysroot) whose a library is.
if(CPACK_TRAMA_DATABASE)
  set(ENV{DEB_HOST_ARCH} "${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}")
  set(ENV{DPKG_ADMINDIR} "${CPACK_TRAMA_DATABASE}")
endif()
