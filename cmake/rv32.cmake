# Debian's bare-metal RISC-V compiler for rv32imc, the instruction set of ESP32-C3 without its vendor
# toolchain. Proves size, stack, alignment, 32-bit arithmetic and freestanding C++ (docs/footprint.md).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_AR riscv64-unknown-elf-ar)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# That compiler comes without C++ headers; those of Debian's Arm compiler fit, as far as they need
# nothing compiled. `extern template` would: without it std::string is instantiated where it is used.
set(headers /usr/include/newlib/c++/12.2.1)
string(CONCAT CMAKE_CXX_FLAGS_INIT
  "--specs=picolibc.specs --crt0=semihost --oslib=semihost -march=rv32imc -misa-spec=2.2 -mabi=ilp32 "
  "-isystem ${headers} -isystem ${headers}/arm-none-eabi -D_GLIBCXX_EXTERN_TEMPLATE=0 "
  "-fno-exceptions -fno-rtti -fno-threadsafe-statics -ffunction-sections -fdata-sections -fstack-usage -msave-restore")
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT
  "-nodefaultlibs -Wl,--gc-sections "
  "-Wl,--defsym=__flash=0x80000000 -Wl,--defsym=__flash_size=0x100000 "
  "-Wl,--defsym=__ram=0x80100000 -Wl,--defsym=__ram_size=0x200000 -Wl,--defsym=__stack_size=0x8000")
set(CMAKE_CXX_STANDARD_LIBRARIES "-Wl,--start-group -lc -lsemihost -lgcc -Wl,--end-group")
