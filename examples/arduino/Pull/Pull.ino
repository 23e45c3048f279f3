// Asks a server every hour.
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  WiFi.begin("net", "pass");
  Updraft.pull("req://192.168.1.10:8070", 3600, UPDRAFT_UNSIGNED);  // you trust this network
  Updraft.begin();
}

void loop() { delay(60000); }
