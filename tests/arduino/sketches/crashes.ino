// A release that does not work: it crashes in setup().
#include <Updraft.h>
UPDRAFT_SKETCH("thermostat", "2.0.0");
extern "C" void test_crash();
void setup() {
  Updraft.begin();
  test_crash();
}
void loop() {}
