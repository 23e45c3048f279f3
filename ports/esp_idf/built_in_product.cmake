# updraft_build_in_product(TARGET VENDOR/PRODUCT/CHIP/HARDWARE): the target gets the ids of that product as
# ports/esp_idf/built_in_product.hpp shows them (spec/suit.md section 2).

# 16 bytes of a UUID, as a list in C++.
function(updraft_bytes_of_uuid uuid out)
  string(REPLACE "-" "" digits ${uuid})
  string(REGEX REPLACE "(..)" "0x\\1," list "${digits}")
  set(${out} ${list} PARENT_SCOPE)
endfunction()

function(updraft_build_in_product target names)
  if(NOT names MATCHES "^([a-z0-9.-]+)/([^/]+/[^/]+/[^/]+)$")
    message(FATAL_ERROR "Updraft: CONFIG_UPDRAFT_PRODUCT is \"${names}\"; want VENDOR/PRODUCT/CHIP/HARDWARE, as updraft sign has it (docs/signed.md)")
  endif()
  set(domain ${CMAKE_MATCH_1})
  set(class_names ${CMAKE_MATCH_2})
  set(dns 6ba7b810-9dad-11d1-80b4-00c04fd430c8)  # the namespace of domains (RFC 9562)
  string(UUID vendor NAMESPACE ${dns} NAME ${domain} TYPE SHA1)
  string(UUID class NAMESPACE ${vendor} NAME ${class_names} TYPE SHA1)
  updraft_bytes_of_uuid(${vendor} vendor_bytes)
  updraft_bytes_of_uuid(${class} class_bytes)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/updraft_built_in_product.cpp)
  set(text "// ${names}
extern const unsigned char updraft_built_in_vendor[16];
extern const unsigned char updraft_built_in_class[16];
const unsigned char updraft_built_in_vendor[16] = {${vendor_bytes}};
const unsigned char updraft_built_in_class[16] = {${class_bytes}};
")
  file(WRITE ${source}.new "${text}")
  configure_file(${source}.new ${source} COPYONLY)  # touches it only where it differs
  target_sources(${target} PRIVATE ${source})
  target_compile_definitions(${target} PRIVATE UPDRAFT_BUILT_IN_PRODUCT)
endfunction()
