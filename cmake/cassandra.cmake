# The Rust driver behind a C door (third_party/cassandra), built by cargo into build/cargo, which all presets share; without
# sanitizers, whatever the rest is built with. scripts/setup fetches the crates: building asks no network.
find_program(CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
if(NOT CARGO)
  message(FATAL_ERROR "cargo is not there: run scripts/setup core, or build without Cassandra: -DCHURNSTREAM_CASSANDRA=OFF")
endif()
execute_process(COMMAND ${CARGO} --version OUTPUT_VARIABLE cargo_version COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" cargo_version "${cargo_version}")
if(cargo_version VERSION_LESS 1.88)
  message(FATAL_ERROR "${CARGO} is ${cargo_version}, and the Cassandra driver needs 1.88: run scripts/setup core, "
    "name another with -DCARGO=, or build without Cassandra: -DCHURNSTREAM_CASSANDRA=OFF")
endif()
set(cassandra_crate ${CMAKE_SOURCE_DIR}/third_party/cassandra)
set(cassandra_target ${CMAKE_SOURCE_DIR}/build/cargo)
file(GLOB cassandra_sources CONFIGURE_DEPENDS ${cassandra_crate}/src/*.rs)
add_custom_command(OUTPUT ${cassandra_target}/release/libcassandra_door.a
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${cassandra_target}
    ${CARGO} build --quiet --release --locked --offline --manifest-path ${cassandra_crate}/Cargo.toml
  # cargo leaves what is up to date as it is; ninja wants it newer than its sources.
  COMMAND ${CMAKE_COMMAND} -E touch ${cassandra_target}/release/libcassandra_door.a
  DEPENDS ${cassandra_sources} ${cassandra_crate}/Cargo.toml ${cassandra_crate}/Cargo.lock
  COMMENT "Building the Cassandra driver (a minute or more, once)" VERBATIM)
add_custom_target(cassandra_door_build DEPENDS ${cassandra_target}/release/libcassandra_door.a)
add_library(cassandra_door STATIC IMPORTED GLOBAL)
set_target_properties(cassandra_door PROPERTIES IMPORTED_LOCATION ${cassandra_target}/release/libcassandra_door.a
  INTERFACE_INCLUDE_DIRECTORIES ${cassandra_crate})
target_link_libraries(cassandra_door INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS} m)
add_dependencies(cassandra_door cassandra_door_build)
