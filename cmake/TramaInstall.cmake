# cmake --install: binary, libraries, modules, headers, man page, completions, and the files of find_package(trama).
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY TRAMA_LAYERS)
list(TRANSFORM layers PREPEND trama_)
install(TARGETS ${layers} trama_trama EXPORT trama LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
get_property(modules GLOBAL PROPERTY TRAMA_MODULES)
foreach(module IN LISTS modules)
  install(TARGETS trama_${module} LIBRARY DESTINATION "${TRAMA_INSTALL_MODULEDIR}")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/trama" "${PROJECT_BINARY_DIR}/include/trama"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/trama")
install(EXPORT trama NAMESPACE trama:: FILE tramaTargets.cmake DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tramaConfig.cmake.in" "${PROJECT_BINARY_DIR}/tramaConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tramaConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tramaConfig.cmake" "${PROJECT_BINARY_DIR}/tramaConfigVersion.cmake"
        DESTINATION "${package_dir}")

if(NOT TARGET trama_cli)
  return()
endif()
install(TARGETS trama_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

# The manual and the completions are the help texts in another form, so the program itself writes them.
if(NOT CMAKE_CROSSCOMPILING)
  set(generated_dir "${PROJECT_BINARY_DIR}/share")
  set(generated)
  function(trama_generates file)
    set(output "${generated_dir}/${file}")
    cmake_path(GET output PARENT_PATH dir)
    file(MAKE_DIRECTORY "${dir}")
    add_custom_command(
      OUTPUT "${output}"
      COMMAND trama_cli ${ARGN} > "${output}"
      DEPENDS trama_cli
      COMMENT "Writing ${file}"
      VERBATIM)
    set(generated ${generated} "${output}" PARENT_SCOPE)
  endfunction()
  trama_generates(man/man1/trama.1 man)
  trama_generates(bash-completion/completions/trama completion bash)
  trama_generates(zsh/site-functions/_trama completion zsh)
  trama_generates(fish/vendor_completions.d/trama.fish completion fish)
  add_custom_target(trama_share ALL DEPENDS ${generated})
  install(DIRECTORY "${generated_dir}/" DESTINATION "${CMAKE_INSTALL_DATADIR}")
endif()
