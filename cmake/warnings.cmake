# Warnings are errors everywhere; the device library also proves that it needs neither exceptions nor RTTI.
add_library(updraft_warnings INTERFACE)
target_compile_options(updraft_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651)
add_library(updraft_device_rules INTERFACE)
target_compile_options(updraft_device_rules INTERFACE -fno-exceptions -fno-rtti)
