# The Rust driver behind a C door (third_party/cassandra), built by cargo; without sanitizers, whatever the rest is built with.
# scripts/setup fetches the crates: building asks no network. What it becomes lies outside the tree, in a folder named by what
# goes into it, so that neither another preset nor a fresh clone builds it again.
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
file(GLOB cassandra_sources CONFIGURE_DEPENDS ${cassandra_crate}/src/*.rs)
list(APPEND cassandra_sources ${cassandra_crate}/Cargo.toml ${cassandra_crate}/Cargo.lock)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${cassandra_sources})
set(cassandra_content ${cargo_version})
foreach(source IN LISTS cassandra_sources)
  file(SHA256 ${source} digest)
  string(APPEND cassandra_content ${digest})
endforeach()
string(SHA256 cassandra_content "${cassandra_content}")
string(SUBSTRING ${cassandra_content} 0 12 cassandra_content)
set(cache_folder $ENV{XDG_CACHE_HOME})
if(NOT cache_folder)
  set(cache_folder $ENV{HOME}/.cache)
endif()
set(cassandra_target ${cache_folder}/churnstream/cassandra-door-${cassandra_content})
add_custom_command(OUTPUT ${cassandra_target}/release/libcassandra_door.a
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${cassandra_target}
    ${CARGO} build --quiet --release --locked --offline --manifest-path ${cassandra_crate}/Cargo.toml
  COMMENT "Building the Cassandra driver (a minute or more, once)" VERBATIM)
add_custom_target(cassandra_door_build DEPENDS ${cassandra_target}/release/libcassandra_door.a)
add_library(cassandra_door STATIC IMPORTED GLOBAL)
set_target_properties(cassandra_door PROPERTIES IMPORTED_LOCATION ${cassandra_target}/release/libcassandra_door.a
  INTERFACE_INCLUDE_DIRECTORIES ${cassandra_crate})
target_link_libraries(cassandra_door INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS} m)
add_dependencies(cassandra_door cassandra_door_build)
