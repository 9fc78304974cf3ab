# trama_layer(<name> [HOT] [WITHOUT <folder>...] [PUBLIC <target>...] [PRIVATE <target>...])
#
# One folder under src/ is one shared library libtrama_<name>, known as trama::<name>. It may use the layers that were
# declared before it, and no others. Files are found by name: a new one needs no change here. A layer without sources
# is an interface library.
#
# Shared, because the types that cross the border between host and module must exist once in a process.
#
#   HOT      the layer has kernels that work on whole models: -O3 in optimised builds, and std::sqrt is an instruction
#            (nothing reads errno or the flags of floating point), so that more loops become vectors
#   WITHOUT  its folders that this build leaves out
#   PUBLIC   libraries whose headers the layer's public headers include
#   PRIVATE  libraries that only its sources use
define_property(GLOBAL PROPERTY TRAMA_LAYERS BRIEF_DOCS "Layers so far, lowest first")

function(trama_layer name)
  cmake_parse_arguments(arg "HOT" "" "WITHOUT;PUBLIC;PRIVATE" ${ARGN})
  get_property(below GLOBAL PROPERTY TRAMA_LAYERS)
  list(TRANSFORM below PREPEND trama_)

  set(target trama_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  foreach(folder IN LISTS arg_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "/${name}/${folder}/")
  endforeach()
  if(sources)
    add_library(${target} SHARED ${sources})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} PUBLIC ${below} ${arg_PUBLIC} PRIVATE ${TRAMA_COMMON} ${arg_PRIVATE})
    if(arg_HOT)
      target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O3> -fno-math-errno -fno-trapping-math)
    endif()
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                               BUILD_RPATH_USE_ORIGIN ON INSTALL_RPATH "$ORIGIN")
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${below} ${arg_PUBLIC})
    set(scope INTERFACE)
  endif()
  target_include_directories(
    ${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                       $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} ${scope} cxx_std_20)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(trama::${name} ALIAS ${target})
  set_property(GLOBAL APPEND PROPERTY TRAMA_LAYERS ${name})
endfunction()

# trama_module(<name> PRIVATE <target>...)
#
# A layer that only a run loads: lib/trama/trama_<name>.so, opened by name and never linked. It sees the layers below.
function(trama_module name)
  cmake_parse_arguments(arg "" "" "PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(NOT sources)
    return()
  endif()
  get_property(below GLOBAL PROPERTY TRAMA_LAYERS)
  list(TRANSFORM below PREPEND trama_)

  set(target trama_${name})
  add_library(${target} MODULE ${sources})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${target} PRIVATE ${below} ${TRAMA_COMMON} ${arg_PRIVATE})
  file(RELATIVE_PATH up "/${TRAMA_INSTALL_MODULEDIR}" "/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(
    ${target}
    PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${TRAMA_MODULE_OUTPUT_DIRECTORY}" BUILD_RPATH_USE_ORIGIN ON
               INSTALL_RPATH "$ORIGIN/${up}")
  set_property(GLOBAL APPEND PROPERTY TRAMA_MODULES ${name})
endfunction()
