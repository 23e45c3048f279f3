// A sketch that says nothing of itself.
#include <Updraft.h>
void setup() { Updraft.raw(0).page(81).begin(); }
void loop() {}
