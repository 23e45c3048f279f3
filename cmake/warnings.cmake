# Warnings are errors, but if Updraft is a part of another project: its compiler may be newer than ours. The device
# library also proves that it needs neither exceptions nor RTTI.
add_library(updraft_warnings INTERFACE)
target_compile_options(updraft_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers
  $<$<BOOL:${UPDRAFT_WERROR}>:-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety>  # which lock guards what: engine/core/thread_annotations.hpp
  # g++ 12 sees overlaps and ends in std::string that are not there (GCC bugs 105651, 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
add_library(updraft_device_rules INTERFACE)
target_compile_options(updraft_device_rules INTERFACE -fno-exceptions -fno-rtti)
