# Installs the build tree to a folder, builds a project that finds it there and nowhere else, and passes its tests.
cmake_minimum_required(VERSION 3.25)

set(work "${BUILD_DIR}/tests/embed")
file(REMOVE_RECURSE "${work}")

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(flags)
if(SANITIZE)
  set(flags "-DCMAKE_CXX_FLAGS=-fsanitize=${SANITIZE}")
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${work}/prefix" OUTPUT_QUIET
                        COMMAND_ERROR_IS_FATAL ANY)
run("${CMAKE_COMMAND}" -S "${SOURCE_DIR}" -B "${work}/build" -G Ninja "-DCMAKE_PREFIX_PATH=${work}/prefix"
    "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}" -DCMAKE_BUILD_TYPE=Debug ${flags})
run("${CMAKE_COMMAND}" --build "${work}/build")
run(ctest --test-dir "${work}/build" --output-on-failure --no-tests=error)
