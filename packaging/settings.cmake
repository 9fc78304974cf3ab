# Read by `cpack` when it starts.
set(CMAKE_SUPPRESS_DEVELOPER_WARNINGS ON)  # a module has no version, so other packages cannot depend on it: as it should be

# The packages that ours depend on are those of the sysroot, if there is one.
if(CPACK_TRAMA_SYSROOT)
  set(ENV{DEB_HOST_ARCH} "${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}")
  set(ENV{DPKG_ADMINDIR} "${CPACK_TRAMA_SYSROOT}/var/lib/dpkg")
endif()
