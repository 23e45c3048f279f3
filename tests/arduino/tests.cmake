# Sketches: the packed library is compiled in a build of its own (tests/arduino/CMakeLists.txt), and what comes of it runs on the
# simulated chip of tests/esp_idf. Not under sanitizers: nothing of the library is compiled with them.
if(CMAKE_CXX_FLAGS MATCHES fsanitize)
  return()
endif()
set(here ${CMAKE_CURRENT_LIST_DIR})
add_test(NAME sketches/build COMMAND Python3::Interpreter ${here}/build ${PROJECT_BINARY_DIR} -j 2)
set_tests_properties(sketches/build PROPERTIES LABELS e2e COST 200 FIXTURES_SETUP sketches ENVIRONMENT "UPDRAFT=$<TARGET_FILE:updraft_program>")
set(chip ${PROJECT_SOURCE_DIR}/tests/esp_idf)
add_executable(test_sketch ${here}/sketch_test.cpp ${here}/ways_in_test.cpp ${here}/cuts_test.cpp ${here}/board.cpp ${chip}/fake_bundle.cpp ${chip}/fake_chip.cpp ${chip}/fake_idf.cpp ${chip}/fake_http.cpp ${chip}/fake_net.cpp
  ${chip}/fake_nvs.cpp ${chip}/fake_tasks.cpp ${chip}/fake_uart.cpp)
set_target_properties(test_sketch PROPERTIES ENABLE_EXPORTS ON)  # the functions of the SDK, to the sketches
target_include_directories(test_sketch SYSTEM PRIVATE ${chip}/include)
target_include_directories(test_sketch PRIVATE ${PROJECT_SOURCE_DIR})
target_link_options(test_sketch PRIVATE -Wl,--wrap=select)
target_link_libraries(test_sketch PRIVATE test_warnings test_quickly_built updraft updraft_linux updraft_sim mbedtls mbedx509 mbedcrypto GTest::gmock GTest::gtest_main ${CMAKE_DL_LIBS})
target_compile_definitions(test_sketch PRIVATE UPDRAFT_SKETCHES="${PROJECT_BINARY_DIR}/arduino/sketches/sketches")
updraft_test_headers(test_sketch)
add_test(NAME sketches/run COMMAND test_sketch --gtest_filter=-*Cuts.*)
set_tests_properties(sketches/run PROPERTIES LABELS e2e FIXTURES_REQUIRED sketches)
foreach(cuts Leave AtEachChangeOfNvs)  # they wait for the clock, beside each other
  add_test(NAME sketches/cuts/${cuts} COMMAND test_sketch --gtest_filter=*Cuts.${cuts}*)
  set_tests_properties(sketches/cuts/${cuts} PROPERTIES LABELS e2e FIXTURES_REQUIRED sketches)
endforeach()
add_test(NAME sketches/linked COMMAND Python3::Interpreter -m unittest test_sketches WORKING_DIRECTORY ${here})
set_tests_properties(sketches/linked PROPERTIES LABELS e2e FIXTURES_REQUIRED sketches ENVIRONMENT "UPDRAFT_BUILD=${PROJECT_BINARY_DIR}")
# Against the SDK's own headers, where ESP32_ARDUINO_LIBS names them.
add_test(NAME sketches/sdk COMMAND Python3::Interpreter -m unittest test_sdk WORKING_DIRECTORY ${here})
set_tests_properties(sketches/sdk PROPERTIES LABELS e2e FIXTURES_REQUIRED sketches ENVIRONMENT "UPDRAFT_BUILD=${PROJECT_BINARY_DIR}")
# The sketch's side of the library as it stands in the tree: for the warnings of this build, and for clang-tidy.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/ports/arduino/*.cpp)
add_library(updraft_arduino OBJECT ${sources})
set_target_properties(updraft_arduino PROPERTIES UNITY_BUILD OFF)
target_compile_definitions(updraft_arduino PRIVATE CONFIG_UPDRAFT_PARTS_BY_NAME=1)
target_include_directories(updraft_arduino SYSTEM PRIVATE ${chip}/include)
target_include_directories(updraft_arduino PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/ports/arduino/include ${PROJECT_SOURCE_DIR}/ports/esp_idf/include)
target_link_libraries(updraft_arduino PRIVATE updraft test_warnings updraft_device_rules)
