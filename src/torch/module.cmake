# The only target that knows libtorch. Leave it out with -DTRAMA_TORCH=OFF.

# Its CMake files warn about what Debian's build leaves out; none of it concerns us.
set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
find_package(Torch REQUIRED)
unset(CMAKE_MESSAGE_LOG_LEVEL)

# Its headers are not ours to warn about, so they are system headers. (Its CMake target says C++14: ours decide.)
add_library(trama_libtorch INTERFACE)
target_include_directories(trama_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(trama_libtorch INTERFACE ${TORCH_LIBRARIES})

# A full include costs 20 CPU-seconds: tests and benchmarks, which want all of torch::nn, share a precompiled one. (Clang
# needs ivalue.h before the rest of libtorch 1.13.) The module itself includes the operations that it calls, no more, and
# compiles faster without the 650 MB of the precompiled header than with it.
set(TRAMA_TORCH_HEADERS <ATen/core/ivalue.h> <torch/torch.h> <torch/script.h>)

trama_module(torch PRIVATE trama_libtorch ${CMAKE_DL_LIBS} PRECOMPILE ${TRAMA_TORCH_HEADERS})

file(GLOB trama_torch_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/torch/*.cpp")
set_source_files_properties(${trama_torch_sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
# Loops over whole batches and models: vectors wanted (a square root that sets errno is a scalar).
set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/torch/kernels.cpp" PROPERTIES COMPILE_OPTIONS "-O3;-fno-math-errno")
