# How everything of ours is compiled: language, warnings, numerics, sanitizers, and the tools that make building fast.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Debug is for working: assertions, line tables, little optimisation. Layers with hot kernels ask for -O3 themselves.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_compile_options(
  -Wall
  -Wextra
  # A fused multiply-add rounds once where two operations round twice: models would depend on the instruction set.
  -ffp-contract=off
  # Our own calls inside a shared library need not go through its symbol table.
  -fno-semantic-interposition
  -fdiagnostics-color=auto)
if(TRAMA_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # sees overlaps in `"a" + std::string` that are not there (GCC's bug 105651)
endif()
add_link_options(-Wl,--as-needed)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 at -O2 about std::optional and std::variant; clang and the sanitizers look for real ones.
  add_compile_options(-Wno-maybe-uninitialized)
else()
  # GCC 12's std::stable_sort calls what its own header calls deprecated; g++ still warns of what we call.
  add_compile_options(-Wno-deprecated-declarations)
endif()


# GCC 12 for RISC-V calls a library for atomic operations on a byte, which std::promise needs.
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("#include <atomic>
int main() { static std::atomic<bool> flag; return flag.exchange(true); }" TRAMA_HAS_BYTE_ATOMICS)
if(NOT TRAMA_HAS_BYTE_ATOMICS)
  link_libraries(atomic)
endif()

if(TRAMA_SANITIZE)
  if(CMAKE_CROSSCOMPILING)
    # Debian has no library of UBSan for RISC-V: what is found ends the program, without a word.
    set(recover -fsanitize-undefined-trap-on-error -fno-sanitize=vptr)
  else()
    set(recover -fno-sanitize-recover=all)
  endif()
  add_compile_options(-fsanitize=${TRAMA_SANITIZE} ${recover} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TRAMA_SANITIZE} ${recover})
  # What the sanitizers do not see: an empty optional that is read, an index beyond a vector's size.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # warns of fences, which nothing of ours uses
  endif()
endif()

if(TRAMA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage of everything that a target calls
endif()

find_program(TRAMA_CCACHE ccache)
if(TRAMA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers are cached only with this sloppiness (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${TRAMA_CCACHE}")
endif()

find_program(TRAMA_MOLD mold)
if(TRAMA_MOLD)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=mold TRAMA_LINKS_WITH_MOLD)
  if(TRAMA_LINKS_WITH_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# The build tree is laid out like the installed one, so that what is found at run time relative to libtrama_core
# (the modules, in trama/ beside it) is found in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(TRAMA_MODULE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/trama")
set(TRAMA_INSTALL_MODULEDIR "${CMAKE_INSTALL_LIBDIR}/trama")
file(RELATIVE_PATH trama_bin_to_lib "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
