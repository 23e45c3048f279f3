// Asks a web server every hour, by https.
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  WiFi.begin("net", "pass");
  configTime(0, 0, "pool.ntp.org");  // certificates have dates
  Updraft.pullWeb("https://updates.example.com/thermostat.bin", 3600, UPDRAFT_SERVER);
  Updraft.begin();
}

void loop() { delay(60000); }
