// Wakes every hour, asks for an update, and sleeps again.
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  WiFi.begin("net", "pass");
  while (WiFi.status() != WL_CONNECTED) delay(100);
  Updraft.pull("req://192.168.1.10:8070", 0, UPDRAFT_UNSIGNED);
  Updraft.begin();

  // Waking is a reset, which ends a trial: what could ask its server is good, and is kept first.
  const UpdraftPulled pulled = Updraft.pullNow(nullptr, 60000);
  if (pulled == UPDRAFT_CURRENT && Updraft.confirm()) {
    while (Updraft.onTrial()) delay(10);
  }
  if (Updraft.busy()) delay(120000);  // it goes on, and restarts the chip
  esp_deep_sleep(3600ULL * 1000000);
}

void loop() {}
