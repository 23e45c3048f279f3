// Takes what you have signed, and nothing else. The partition table is partitions.csv beside this file.
#include <Updraft.h>
#include <WiFi.h>

#include "keyset.h"  // product_keyset; README.md says how it is made

UPDRAFT_SKETCH("thermostat", "1.0.0");

void setup() {
  Serial.begin(115200);
  WiFi.begin("net", "pass");
  Updraft.raw(18000).keys(product_keyset);
  if (!Updraft.begin()) Serial.println(Updraft.lastError());
}

void loop() { delay(60000); }
