# updraft_build_in_key_set(TARGET FILE): the target gets the KeySet as ports/esp_idf/built_in_key_set.hpp shows it. A file that
# ends in .hex is hex digits. Now and not by a rule: builders that only read the project (PlatformIO) run no rules.
function(updraft_build_in_key_set target file)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "Updraft: there is no KeySet ${file}; updraft keyset make writes one (docs/signed.md)")
  endif()
  if(file MATCHES "[.]hex$")
    file(READ ${file} digits)
    string(REGEX REPLACE "[ \t\r\n]" "" digits "${digits}")
  else()
    file(READ ${file} digits HEX)
  endif()
  string(LENGTH "${digits}" count)
  math(EXPR bytes "${count} / 2")
  if(NOT digits MATCHES "^[dD]862" OR bytes GREATER 2048)  # its tag; what a device stores
    message(FATAL_ERROR "Updraft: ${file} is no KeySet; updraft inspect says what it is")
  endif()
  string(REGEX REPLACE "(..)" "0x\\1," list "${digits}")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/updraft_built_in_key_set.cpp)
  set(text "// ${file}
extern const unsigned char updraft_built_in_key_set[];
extern const unsigned updraft_built_in_key_set_bytes;
const unsigned char updraft_built_in_key_set[] = {${list}};
const unsigned updraft_built_in_key_set_bytes = ${bytes};
")
  file(WRITE ${source}.new "${text}")
  configure_file(${source}.new ${source} COPYONLY)  # touches it only where it differs
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
  target_compile_definitions(${target} PRIVATE UPDRAFT_BUILT_IN_KEY_SET)
endfunction()
