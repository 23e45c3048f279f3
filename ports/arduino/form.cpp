// Updraft.form(): esp32-ota's web form on the page's server.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"
#include "ports/arduino/sketch.hpp"
#include "updraft_http_form.h"

UpdraftSketch& UpdraftSketch::form() {
  updraft::arduino::sketch().open_form = [] { return updraft_http_form_register(nullptr); };
  return *this;
}
