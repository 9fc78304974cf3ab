# The only target that knows libcurl and libarchive: `trama fetch` loads it.
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
trama_module(transfer PRIVATE CURL::libcurl LibArchive::LibArchive ${CMAKE_DL_LIBS})
