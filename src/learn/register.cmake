# What a scheme can name lies in the folders below, one thing per file: data/digits.cpp defines
# `void add_digits(Library&)`. The calls are written here from the file names, so that a new file is all it takes.
set(registered)
foreach(folder IN ITEMS data partitions nets functions rules values planned)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/${folder}/*.cpp")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    if(name IN_LIST registered)
      message(FATAL_ERROR "Two files under src/learn define add_${name}: their names must differ")
    endif()
    list(APPEND registered ${name})
  endforeach()
endforeach()

set(declarations)
set(calls)
foreach(name IN LISTS registered)
  string(APPEND declarations "void add_${name}(Library&);\n")
  string(APPEND calls "    add_${name}(library);\n")
endforeach()
set(trama_builtins "${PROJECT_BINARY_DIR}/src/learn/builtins.cpp")
configure_file("${CMAKE_CURRENT_LIST_DIR}/builtins.cpp.in" "${trama_builtins}" @ONLY)
target_sources(trama_learn PRIVATE "${trama_builtins}")

# The data that come with Trama: in share/trama/data, of the build tree and of the installed one.
configure_file("${PROJECT_SOURCE_DIR}/data/digits/digits.csv.gz"
               "${PROJECT_BINARY_DIR}/share/trama/data/digits/digits.csv.gz" COPYONLY)
install(FILES "${PROJECT_SOURCE_DIR}/data/digits/digits.csv.gz" "${PROJECT_SOURCE_DIR}/data/digits/README.md"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/trama/data/digits" COMPONENT runtime)

# Classes of devices for the simulated engine.
file(GLOB devices CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/data/devices/*.toml")
foreach(file IN LISTS devices)
  cmake_path(GET file FILENAME name)
  configure_file("${file}" "${PROJECT_BINARY_DIR}/share/trama/data/devices/${name}" COPYONLY)
endforeach()
install(FILES ${devices} DESTINATION "${CMAKE_INSTALL_DATADIR}/trama/data/devices" COMPONENT runtime)
