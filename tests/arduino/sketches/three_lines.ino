// The least that a sketch has to say.
#include <Updraft.h>
UPDRAFT_SKETCH("thermostat", "1.0.0");
void setup() { Updraft.page(81, "secret").begin(); }
void loop() { delay(60000); }
