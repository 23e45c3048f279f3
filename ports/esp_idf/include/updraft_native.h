// The pairing of the native push (docs/native.md), for a product with a display or a button. The
// line also stands in the log, until somebody has used it.
//
//   char line[UPDRAFT_PAIRING_SIZE];
//   if (updraft_pairing(line, sizeof line) == ESP_OK) show_as_qr_code(line);
//
// Who has the line may update this device: it belongs on the device, never on the network.
#pragma once
#include "updraft.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UPDRAFT_PAIRING_SIZE 124  // of the longest line, with its NUL

// The line for `updraft pair`. Errors: ESP_ERR_INVALID_STATE (not started, or native_port is 0),
// ESP_ERR_NOT_FOUND (it was used: nothing is shown any more), ESP_ERR_INVALID_SIZE.
esp_err_t updraft_pairing(char* line, size_t size);

// Ends the pairing: whoever was paired is heard no more, and a new line is shown. For a person with
// a button, never for the network. Takes effect within a second. Error: ESP_ERR_INVALID_STATE (not
// started, or native_port is 0).
esp_err_t updraft_unpair(void);

#ifdef __cplusplus
}
#endif
