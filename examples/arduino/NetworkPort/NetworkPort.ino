// Takes what the IDE sends to its network port, as ArduinoOTA does, and gives a bad one back.
#include <ESPmDNS.h>
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  WiFi.begin("net", "pass");
  Updraft.arduino(3232, "a long secret");
  Updraft.begin();
  while (WiFi.status() != WL_CONNECTED) delay(100);
  MDNS.begin("thermostat");
  MDNS.enableArduino(3232, true);  // true: it asks for a password
}

void loop() { delay(60000); }  // no handle(): updates have a task of their own
