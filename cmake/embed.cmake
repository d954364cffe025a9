# Compiles the live page into the program: web/, the two libraries it draws with and the API's description, each gzipped,
# with its ETag.
#
#   embed_page(dashboard)      adds a generated page_files.cc to the target; it answers src/dashboard/page_files.h
#
# The same file is the script that the build runs: cmake -DLIST=... -DOUT=... -DSCRATCH=... -P embed.cmake

function(embed_page target)
  set(npm ${CMAKE_SOURCE_DIR}/third_party/node_modules)
  set(vendor
    "/vendor/echarts.js=${npm}/echarts/dist/echarts.common.min.js"
    "/vendor/uplot.js=${npm}/uplot/dist/uPlot.iife.min.js"
    "/vendor/uplot.css=${npm}/uplot/dist/uPlot.min.css"
    "/api/v1/openapi.json=${CMAKE_SOURCE_DIR}/src/dashboard/openapi.json")
  file(GLOB_RECURSE own RELATIVE ${CMAKE_SOURCE_DIR}/web CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*)
  set(list "")
  set(files "")
  foreach(entry IN LISTS vendor)
    string(REGEX MATCH "=(.*)$" _ "${entry}")
    if(NOT EXISTS ${CMAKE_MATCH_1})
      message(FATAL_ERROR "The page's libraries are not there: run scripts/setup core")
    endif()
    list(APPEND list "${entry}")
    list(APPEND files ${CMAKE_MATCH_1})
  endforeach()
  foreach(name IN LISTS own)
    set(address "/${name}")
    if(name STREQUAL "index.html")
      set(address "/")
    endif()
    list(APPEND list "${address}=${CMAKE_SOURCE_DIR}/web/${name}")
    list(APPEND files ${CMAKE_SOURCE_DIR}/web/${name})
  endforeach()
  set(list_file ${CMAKE_BINARY_DIR}/page_files.txt)
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${list}" @ONLY)
  set(out ${CMAKE_BINARY_DIR}/page_files.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DLIST=${list_file} -DOUT=${out} -DSCRATCH=${CMAKE_BINARY_DIR}/page_files
      -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${list_file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake ${CMAKE_SOURCE_DIR}/cmake/first_frame.cmake VERBATIM COMMENT "Embedding the live page")
  target_sources(${target} PRIVATE ${out})
endfunction()

function(content_type_of file out)
  set(type "application/octet-stream")
  if(file MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(file MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(file MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(file MATCHES "\\.json$")
    set(type "application/json")
  elseif(file MATCHES "\\.svg$")
    set(type "image/svg+xml")
  endif()
  set(${out} "${type}" PARENT_SCOPE)
endfunction()

# Everything below runs at build time.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  return()
endif()
cmake_minimum_required(VERSION 3.25)
file(READ ${LIST} list)
file(MAKE_DIRECTORY ${SCRATCH})
set(arrays "")
set(rows "")
set(index 0)
include(${CMAKE_CURRENT_LIST_DIR}/first_frame.cmake)
foreach(entry IN LISTS list)
  string(REGEX MATCH "^([^=]*)=(.*)$" _ "${entry}")
  set(address ${CMAKE_MATCH_1})
  set(file ${CMAKE_MATCH_2})
  set(inside "")
  if(address STREQUAL "/")
    cmake_path(GET file PARENT_PATH web)
    set(file ${SCRATCH}/index.html)
    first_frame(${web} ${file})
    foreach(digest IN ITEMS ${script_sha256} ${style_sha256})
      string(REGEX REPLACE "(..)" "\\\\x\\1" bytes ${digest})
      string(APPEND inside ", {\"${bytes}\", 32}")
    endforeach()
  endif()
  content_type_of(${file} type)
  execute_process(COMMAND gzip -9 --no-name --stdout ${file} OUTPUT_FILE ${SCRATCH}/${index}.gz COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 20 tag)
  file(SIZE ${file} size)
  file(READ ${SCRATCH}/${index}.gz hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${address}\", \"${type}\", \"${tag}\", ${size}, kFile${index}${inside}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT} "// Made by cmake/embed.cmake from web/ and the page's libraries.\n#include \"dashboard/page_files.h\"\n
namespace churnstream {\nnamespace {\n\n${arrays}\nconstexpr PageFile kFiles[] = {\n${rows}};\n\n}  // namespace\n
std::span<const PageFile> page_files() { return kFiles; }\n\n}  // namespace churnstream\n")
