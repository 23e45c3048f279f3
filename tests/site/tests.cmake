# The documentation site (tools/docs). It is the same under a sanitizer.
if(CMAKE_CXX_FLAGS MATCHES fsanitize)
  return()
endif()
add_test(NAME site COMMAND Python3::Interpreter -m unittest test_site WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR})
set_tests_properties(site PROPERTIES LABELS e2e)
