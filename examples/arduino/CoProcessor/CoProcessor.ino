// Updated by the computer beside this chip, over a UART. No network.
#include <Updraft.h>

UPDRAFT_SKETCH("modem", "1.0.0");

const int kRx = 5, kTx = 4;

bool hostHeard() { return true; }  // yours: this sketch does its work

void setup() {
  Updraft.uart(kRx, kTx, UPDRAFT_UNSIGNED);  // who holds the wires can do anything anyway
  Updraft.isHealthy([] { return hostHeard(); });
  Updraft.begin();
}

void loop() { delay(1000); }
