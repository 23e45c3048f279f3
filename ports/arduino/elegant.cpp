// Updraft.elegant(): ElegantOTA's routes on the page's server.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"
#include "ports/arduino/sketch.hpp"
#include "updraft_http_elegant.h"

UpdraftSketch& UpdraftSketch::elegant() {
  updraft::arduino::sketch().open_elegant = [] { return updraft_http_elegant_register(); };
  return *this;
}
