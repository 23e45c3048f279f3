# Warnings are errors everywhere; the device library also proves that it needs neither exceptions nor RTTI.
add_library(updraft_warnings INTERFACE)
target_compile_options(updraft_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror)
add_library(updraft_device_rules INTERFACE)
target_compile_options(updraft_device_rules INTERFACE -fno-exceptions -fno-rtti)
