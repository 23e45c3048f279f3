// An update page: http://DEVICE:81/ota
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  WiFi.begin("net", "pass");
  Updraft.page(81, "a long secret");
  Updraft.begin();
}

void loop() { delay(60000); }
