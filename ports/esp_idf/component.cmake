# Updraft as a component of ESP-IDF: the device library, the port, and the update page.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
# PSA alone brings 126 KB of what it could do besides; ESP-IDF 6 has nothing else for applications.
set(crypto mbedtls)
if(IDF_VERSION_MAJOR GREATER_EQUAL 6)
  set(crypto psa)
endif()
foreach(folder core codec codec/miniz crypto crypto/${crypto} delta format pipeline signing suit update)
  file(GLOB files ${root}/engine/${folder}/*.cpp)
  list(APPEND sources ${files})
endforeach()
file(GLOB files ${root}/protocols/*/*.cpp ${root}/protocols/control/wire/*.cpp)
list(APPEND sources ${files})
list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
file(GLOB port ${root}/ports/esp_idf/*.cpp)
if(NOT CONFIG_UPDRAFT_HTTP)
  list(FILTER port EXCLUDE REGEX "/[^/]*http[^/]*$")
endif()
if(NOT CONFIG_UPDRAFT_WEB_PULL)
  list(FILTER port EXCLUDE REGEX "/(web_door|tls_link)[.]")
endif()
if(NOT CONFIG_UPDRAFT_UART)
  list(FILTER port EXCLUDE REGEX "/[^/]*uart[^/]*$")
endif()
set(uart esp_driver_uart)
if("${IDF_VERSION_MAJOR}.${IDF_VERSION_MINOR}" VERSION_LESS 5.3)
  set(uart driver)
endif()
if(NOT CONFIG_UPDRAFT_TAKE_SEALED)
  list(FILTER port EXCLUDE REGEX "/[^/]*sealed[^/]*$")
endif()
set(security esp_hw_support)  # where esp_hmac.h is
if(IDF_VERSION_MAJOR GREATER_EQUAL 6)
  set(security esp_security)
endif()

idf_component_register(
  SRCS ${sources} ${port}
  INCLUDE_DIRS ${root}/include ${root}/ports/esp_idf/include
  PRIV_INCLUDE_DIRS ${root} ${root}/engine/crypto/${crypto}/include ${root}/engine/codec/miniz/include
  REQUIRES esp_event esp_http_server
  PRIV_REQUIRES app_update bootloader_support efuse esp_app_format esp_hw_support esp_partition esp_rom ${security} esp_system
    esp_timer ${uart} freertos hal heap log lwip mbedtls nvs_flash)
if(CMAKE_BUILD_EARLY_EXPANSION)
  return()
endif()

target_compile_options(${COMPONENT_LIB} PRIVATE -std=gnu++23 -Wno-missing-field-initializers)
if(CONFIG_UPDRAFT_HTTP)
  idf_build_get_property(python PYTHON)
  set(page ${CMAKE_CURRENT_BINARY_DIR}/ota_page.cpp)
  # Now and not by a rule: builders that only read the project (PlatformIO) run no rules.
  set(languages)
  if(CONFIG_UPDRAFT_PAGE_LANGUAGES)
    set(languages --languages ${CONFIG_UPDRAFT_PAGE_LANGUAGES})
  endif()
  execute_process(COMMAND ${python} ${root}/tools/embed-page ${root}/web/ota.html ${page} ${languages} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "tools/embed-page did not run: ${failed}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/tools/embed-page ${root}/web/ota.html)
  target_sources(${COMPONENT_LIB} PRIVATE ${page})
endif()
