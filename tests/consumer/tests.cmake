# Projects that use Updraft, by each way there is; they are built with what this build is built with. Under a sanitizer
# the library is not built a second time.
set(ways package pkg-config)
if(NOT CMAKE_CXX_FLAGS MATCHES fsanitize)
  list(APPEND ways subproject)
endif()
foreach(way ${ways})
  add_test(NAME consumer/${way} COMMAND ${CMAKE_CURRENT_LIST_DIR}/run ${way} ${PROJECT_BINARY_DIR})
  set_tests_properties(consumer/${way} PROPERTIES LABELS e2e COST 100 ENVIRONMENT "CC=${CMAKE_C_COMPILER};CXX=${CMAKE_CXX_COMPILER};CFLAGS=${CMAKE_C_FLAGS};CXXFLAGS=${CMAKE_CXX_FLAGS}")
endforeach()
