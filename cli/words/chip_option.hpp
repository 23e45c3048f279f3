// The name of a chip as people and data sheets spell it: ESP32-C3, esp32-c3 and esp32c3 are one.
#pragma once
#include <CLI/App.hpp>

namespace updraft::cli {

// For option->transform(): makes it what esptool writes.
CLI::Validator as_esptool_spells();

}  // namespace updraft::cli
