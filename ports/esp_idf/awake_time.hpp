// How long the running image was awake while on trial, over deep sleep.
//
// A bootloader with SKIP_VALIDATE_IN_DEEP_SLEEP starts a sleeper again without a look at otadata,
// so its waking is no reset that ends the trial; and the clock begins at zero each time. The sum
// stands in RTC memory, which deep sleep leaves alone. ESP32-C2 has none: there each waking counts
// alone.
#pragma once
#include "updraft/time.hpp"

namespace updraft::esp_idf {

// What this image was awake before the sleep that it comes from; 0 after any other start.
Millis awake_before_sleep();
// All in all until now.
void note_awake(Millis all);

}  // namespace updraft::esp_idf
