# What Debian wants of files in a package, done where `cpack` has put them, before it packs them: manuals and changelogs
# are compressed, without a name and a time in them.
file(GLOB manuals "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/man*/*.[1-9]"
     "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog")
foreach(file IN LISTS manuals)
  execute_process(COMMAND gzip -9 -n "${file}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
