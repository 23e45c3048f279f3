// A rescue app, for chips with room for one app, and a counter of failed starts: with *A rescue
// app* in menuconfig (docs/one-slot.md). C and C++.
//
//   void app_main(void) {
//     updraft_count_start();  // the first line: what crashes after it is counted
//     ... as in updraft.h ...
//   }
//
// The same in the product's app and in its rescue app, which is any app of yours in the partition
// of subtype factory and label "rescue" that starts Updraft: examples/esp-idf/rescue. A table with
// one slot beside it hands updates over to it; at the third start in a row that a panic, a watchdog
// or a brown-out caused, the other whole image is chosen, or else the rescue app.
#pragma once
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

// Counts this start if a crash caused it. May restart the chip into another app, and does not
// return then. Needs no NVS and no network; some 2 KB of heap while it runs. Without it
// updraft_start() counts, and what crashes before that is not seen. The count ends with
// updraft_confirm(), or after 60 s of running. Errors: ESP_ERR_INVALID_STATE (called before),
// ESP_ERR_NO_MEM.
esp_err_t updraft_count_start(void);

#ifdef __cplusplus
}
#endif
