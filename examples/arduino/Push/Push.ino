// Takes images and patches over TCP, asks you first, and keeps a new sketch only if its sensor answers.
#include <Updraft.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

bool isHeating() { return false; }        // yours: not now, please
bool sensorAnswers() { return true; }     // yours: what makes this sketch a good one

void setup() {
  Serial.begin(115200);
  WiFi.begin("net", "pass");
  Updraft.raw(18000, UPDRAFT_UNSIGNED);   // whoever is in this network can install
  Updraft.patches();
  Updraft.mayInstall([](const char*, uint64_t) { return !isHeating(); });
  Updraft.isHealthy([] { return sensorAnswers(); });
  Updraft.onProgress([](uint64_t bytes, uint64_t) { Serial.printf("%u KB\n", unsigned(bytes / 1024)); });
  Updraft.onInstalled([](const char* version) { Serial.printf("%s comes\n", version); });
  Updraft.onEnded([](const char* why) { Serial.println(why); });
  if (!Updraft.begin()) Serial.println(Updraft.lastError());
}

void loop() {
  Updraft.handle();  // so that the news are printed from here
  delay(100);
}
