# TRAMA_PACKAGE: what `cpack` makes, three Debian packages. scripts/package runs it.
#
#   trama        component runtime: the program, libraries, data, manual, examples; all but training runs with it
#   trama-torch  component torch: the module that trains, and so libtorch; not there with TRAMA_TORCH=OFF
#   trama-dev    component dev: headers, links and CMake files, for programs that embed Trama
set(TRAMA_PACKAGE_SUITE "" CACHE STRING "Ends the packages' version, so that each release of Debian has its own, as in ~deb12")

# As for Debian's own tools, the packager's name is in the environment.
set(packager "The Trama authors <trama@example.org>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(packager "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
execute_process(
  COMMAND dpkg-architecture --force --host-type "${CMAKE_LIBRARY_ARCHITECTURE}" --query DEB_HOST_ARCH
  OUTPUT_VARIABLE architecture OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)

set(CPACK_GENERATOR DEB)
set(CPACK_PROJECT_CONFIG_FILE "${PROJECT_SOURCE_DIR}/packaging/settings.cmake")
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/finish.cmake")
set(CPACK_POST_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/repack.cmake")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_COMPONENT_DEV_DEPENDS runtime)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${architecture})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${packager}")
set(CPACK_DEBIAN_PACKAGE_SOURCE trama)
set(CPACK_DEBIAN_PACKAGE_VERSION "${PROJECT_VERSION}${TRAMA_PACKAGE_SUITE}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Libraries of ours are found among what was built, others among the packages of the machine that the package is for.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
if(CMAKE_CROSSCOMPILING)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${TRAMA_SYSROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
  set(CPACK_TRAMA_DATABASE "${TRAMA_SYSROOT}.dpkg")
endif()
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)  # for packages of programs that embed Trama
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own

set(about "Trama is a language and a runtime for decentralised machine learning. A
scheme of a few lines says who computes what, and what flows between them:
federated averaging, gossip, trees, asynchronous servers. Trama checks it,
expands it to a network of actors and channels, and runs that network.
")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME trama)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION science)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/triggers")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "trama-torch (= ${CPACK_DEBIAN_PACKAGE_VERSION}), ca-certificates")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "graphviz, trama-dev")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "language and runtime for decentralised machine learning
${about}
This package has the program, its libraries, the manual and examples.
Whatever does not train runs with it alone: checks, pictures, and simulations
of what a scheme would cost.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME trama-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS libexpected-dev)
set(CPACK_DEBIAN_DEV_DESCRIPTION "decentralised machine learning - development files
${about}
This package has headers and CMake files for C++ programs that embed the
runtime, or add their own functions and rules to it.")

if(TARGET trama_torch)
  list(APPEND CPACK_COMPONENTS_ALL torch)
  set(CPACK_COMPONENT_TORCH_DEPENDS runtime)
  set(CPACK_DEBIAN_TORCH_PACKAGE_NAME trama-torch)
  set(CPACK_DEBIAN_TORCH_PACKAGE_SECTION science)
  # The reference BLAS, which Debian falls back to, takes ten times as long to train.
  set(CPACK_DEBIAN_TORCH_PACKAGE_DEPENDS libopenblas0)
  set(CPACK_DEBIAN_TORCH_DESCRIPTION "decentralised machine learning - training with libtorch
${about}
This package has the module that trains and tests models, on CPUs.")
endif()

# What Debian asks of every package: whose it is, and what has changed.
set(TRAMA_PACKAGER "${packager}")
configure_file("${PROJECT_SOURCE_DIR}/packaging/changelog.in" "${PROJECT_BINARY_DIR}/packaging/changelog" @ONLY)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(doc "${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/copyright" "${PROJECT_BINARY_DIR}/packaging/changelog"
          DESTINATION "${doc}" COMPONENT ${component})
endforeach()
set(doc "${CMAKE_INSTALL_DATADIR}/doc/trama")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${doc}" COMPONENT runtime
        PATTERN embed EXCLUDE PATTERN custom_rule EXCLUDE)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${doc}" COMPONENT runtime)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/editors/vim/" DESTINATION "${CMAKE_INSTALL_DATADIR}/vim/vimfiles" COMPONENT runtime)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/embed" DESTINATION "${doc}-dev/examples" COMPONENT dev)

# What of a build goes into packages.
set(targets trama_share)
get_property(modules GLOBAL PROPERTY TRAMA_MODULES)
foreach(module IN LISTS modules)
  list(APPEND targets trama_${module})
endforeach()
add_custom_target(trama_package DEPENDS ${targets})

include(CPack)
