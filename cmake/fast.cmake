# Makes builds quicker with a compiler cache, a quick linker and precompiled headers, if they are installed.
# None is needed, and none changes what is built.
find_program(UPDRAFT_CCACHE ccache)
mark_as_advanced(UPDRAFT_CCACHE)
if(UPDRAFT_CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${UPDRAFT_CCACHE})
  foreach(language C CXX)
    if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER ${launcher})
    endif()
  endforeach()
endif()

# lld links programs with debug information in a tenth of the time.
find_program(UPDRAFT_LLD ld.lld)
mark_as_advanced(UPDRAFT_LLD)
if(UPDRAFT_LLD AND NOT CMAKE_CROSSCOMPILING)
  add_link_options(-fuse-ld=lld)
endif()

# Most of the time of a build is spent in reading the same headers: eight sources of a target are read as one. Where two of
# them use one name for their own things, the compiler says "redefinition"; updraft_apart(SOURCE...) compiles each by itself.
option(UPDRAFT_UNITY "compile the sources of a target together, some at a time" ON)
set(CMAKE_UNITY_BUILD ${UPDRAFT_UNITY})

# updraft_precompile(TARGET HEADER...): headers that all sources of a target take long to read. A target that
# reuses them links updraft_precompiled as well.
option(UPDRAFT_PRECOMPILE "use precompiled headers" ON)
add_library(updraft_precompiled INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  target_compile_options(updraft_precompiled INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
else()
  target_compile_options(updraft_precompiled INTERFACE -fpch-preprocess)
endif()
function(updraft_precompile target)
  if(UPDRAFT_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_link_libraries(${target} PRIVATE updraft_precompiled)
  endif()
endfunction()
# updraft_precompiled_by(TARGET OWNER): the same headers, compiled once for both. Both have the same flags.
function(updraft_precompiled_by target owner)
  if(UPDRAFT_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    target_link_libraries(${target} PRIVATE updraft_precompiled)
  endif()
endfunction()

# updraft_words_only(TARGET...): targets that read options and print. Their templates (CLI11, JSON, fmt) take the
# compiler longest, and nobody waits for what they do, so they are compiled without much thought.
function(updraft_words_only)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1> $<$<NOT:$<CONFIG:Release>>:-O0>)
  endforeach()
endfunction()
