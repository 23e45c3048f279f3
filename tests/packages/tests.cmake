# Each package is made by its one command, unpacked elsewhere, and used. Under a sanitizer nothing else is packed.
if(CMAKE_CXX_FLAGS MATCHES fsanitize)
  return()
endif()
foreach(name component wheel deb)
  add_test(NAME packages/${name} COMMAND Python3::Interpreter -m unittest test_${name} WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR})
  set_tests_properties(packages/${name} PROPERTIES LABELS e2e COST 50 ENVIRONMENT "UPDRAFT_BUILD=${PROJECT_BINARY_DIR}")
endforeach()
