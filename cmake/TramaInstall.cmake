# cmake --install: binary, libraries, modules, headers, man page, completions, and the files of find_package(trama).
# The components are `runtime`, `torch` (the module that needs it) and `dev`.
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY TRAMA_LAYERS)
list(TRANSFORM layers PREPEND trama_)
install(TARGETS ${layers} trama_trama EXPORT trama
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev)
get_property(modules GLOBAL PROPERTY TRAMA_MODULES)
foreach(module IN LISTS modules)
  set(component runtime)
  if(module STREQUAL "torch")
    set(component torch)
  endif()
  install(TARGETS trama_${module} LIBRARY DESTINATION "${TRAMA_INSTALL_MODULEDIR}" COMPONENT ${component})
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/trama" "${PROJECT_BINARY_DIR}/include/trama"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev FILES_MATCHING PATTERN "*.hpp")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/trama")
install(EXPORT trama NAMESPACE trama:: FILE tramaTargets.cmake DESTINATION "${package_dir}" COMPONENT dev)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tramaConfig.cmake.in" "${PROJECT_BINARY_DIR}/tramaConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tramaConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tramaConfig.cmake" "${PROJECT_BINARY_DIR}/tramaConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT dev)

if(NOT TARGET trama_cli)
  return()
endif()
install(TARGETS trama_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)

# The manual and the completions are the help texts in another form, so the program itself writes them; that of another
# machine needs an emulator for it.
if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  set(zsh_dir zsh/site-functions)
  if(TRAMA_PACKAGE)
    set(zsh_dir zsh/vendor-completions)  # the other is the administrator's
  endif()
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
    cmake_path(GET file PARENT_PATH folder)
    install(FILES "${output}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}" COMPONENT runtime)
    set(generated ${generated} "${output}" PARENT_SCOPE)
  endfunction()
  trama_generates(man/man1/trama.1 man)
  trama_generates(bash-completion/completions/trama completion bash)
  trama_generates(${zsh_dir}/_trama completion zsh)
  trama_generates(fish/vendor_completions.d/trama.fish completion fish)
  add_custom_target(trama_share ALL DEPENDS ${generated})
endif()
