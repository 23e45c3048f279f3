// The update page beside your own WebServer, which links to it.
#include <Updraft.h>
#include <WebServer.h>
#include <WiFi.h>

UPDRAFT_SKETCH("thermostat", "1.0.0");

WebServer server(80);

// The link names this device as the browser does, with the other port.
const char kPage[] =
    "<h1>Thermostat</h1><p>21 &deg;C</p>"
    "<a href='#' onclick=\"location='http://'+location.hostname+':81/ota'\">Update</a>";

void setup() {
  WiFi.begin("net", "pass");
  Updraft.page(81, "a long secret").name("thermostat.local");
  Updraft.begin();
  server.on("/", [] { server.send(200, "text/html", kPage); });
  server.begin();
}

void loop() { server.handleClient(); }
