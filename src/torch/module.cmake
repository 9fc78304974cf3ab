# The only target that knows libtorch. Leave it out with -DTRAMA_TORCH=OFF.

# Its CMake files warn about what Debian's build leaves out; none of it concerns us.
set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
find_package(Torch REQUIRED)
unset(CMAKE_MESSAGE_LOG_LEVEL)

# Its headers are not ours to warn about, so they are system headers. (Its CMake target says C++14: ours decide.)
add_library(trama_libtorch INTERFACE)
target_include_directories(trama_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(trama_libtorch INTERFACE ${TORCH_LIBRARIES})

trama_module(torch PRIVATE trama_libtorch ${CMAKE_DL_LIBS})
set_target_properties(trama_torch PROPERTIES UNITY_BUILD OFF)  # as its tests: a file includes few of its headers

# Files include the operations that they call, and no more: all of libtorch costs 25 CPU-seconds a file, as does a
# precompiled header of it, which is 650 MB. (Clang needs ivalue.h before the rest of libtorch 1.13.)
target_compile_options(trama_libtorch INTERFACE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-include ATen/core/ivalue.h>")

# Loops over whole batches and models: vectors wanted (a square root that sets errno is a scalar).
set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/torch/kernels.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/torch/shards.cpp"
                            PROPERTIES COMPILE_OPTIONS "-O3;-fno-math-errno")
