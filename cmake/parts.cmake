# The parts we stand on, each behind a target of its own (docs/decisions/0001-parts.md says why these).
# Sinks that a build may leave out by CHURNSTREAM_<NAME>=OFF; their files are src/sink/<name>_* and bench/<name>_*.
set(optional_sinks SQLITE POSTGRES CASSANDRA SNOWFLAKE REDIS)

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)

# librdkafka is built by scripts/setup from the source in an npm package: Debian's is too old
# (docs/decisions/0003-kafka.md).
if(CHURNSTREAM_KAFKA)
  set(CHURNSTREAM_LIBRDKAFKA ${CMAKE_SOURCE_DIR}/third_party/librdkafka CACHE PATH "librdkafka: include/ and lib/")
  if(NOT EXISTS ${CHURNSTREAM_LIBRDKAFKA}/lib/librdkafka.a)
    message(FATAL_ERROR "librdkafka is not there: run scripts/setup core")
  endif()
  find_package(CURL REQUIRED)
  pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
  add_library(rdkafka STATIC IMPORTED)
  set_target_properties(rdkafka PROPERTIES IMPORTED_LOCATION ${CHURNSTREAM_LIBRDKAFKA}/lib/librdkafka.a
    INTERFACE_INCLUDE_DIRECTORIES ${CHURNSTREAM_LIBRDKAFKA}/include)
  target_link_libraries(rdkafka INTERFACE CURL::libcurl PkgConfig::zstd OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB
    Threads::Threads ${CMAKE_DL_LIBS} m)
endif()

if(CHURNSTREAM_DASHBOARD)
  find_package(prometheus-cpp CONFIG REQUIRED)
endif()

if(CHURNSTREAM_SQLITE)
  find_package(SQLite3 REQUIRED)
endif()

# Only the client library; CMake's own search also asks for the server's headers.
if(CHURNSTREAM_POSTGRES)
  pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
endif()

if(CHURNSTREAM_SNOWFLAKE)
  find_package(CURL REQUIRED)
endif()

if(CHURNSTREAM_REDIS)
  pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
endif()

# DuckDB comes by npm: the shared library with one package, its C header with another. The library is copied beside
# the program, which finds it there wherever both are moved.
if(CHURNSTREAM_DUCKDB)
  set(CHURNSTREAM_NPM ${CMAKE_SOURCE_DIR}/third_party/node_modules CACHE PATH "Where npm ci has put the packages")
  set(duckdb_library ${CHURNSTREAM_NPM}/@duckdb/node-bindings-linux-x64/libduckdb.so)
  set(duckdb_header ${CHURNSTREAM_NPM}/duckdb/src/duckdb/src/include/duckdb.h)
  if(NOT EXISTS ${duckdb_library} OR NOT EXISTS ${duckdb_header})
    message(FATAL_ERROR "DuckDB is not there: run scripts/setup core")
  endif()
  # Only the C header, so that no other header of the source tree can be found by chance.
  configure_file(${duckdb_header} ${CMAKE_BINARY_DIR}/duckdb_header/duckdb.h COPYONLY)
  configure_file(${duckdb_library} ${CMAKE_BINARY_DIR}/libduckdb.so COPYONLY)
  add_library(duckdb_c SHARED IMPORTED)
  set_target_properties(duckdb_c PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/libduckdb.so
    IMPORTED_NO_SONAME TRUE INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/duckdb_header)
endif()
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
