// File systems and other data over the air, with *Files and file systems* in menuconfig
// (docs/files.md). C and C++.
//
//   void app_main(void) {
//     updraft_prepare();  // before anything is mounted
//     if (updraft_part_ready("web")) { ... mount updraft_partition("web") ... }
//     ... as in updraft.h ...
//   }
//
// What came for a data partition waits beside the app that runs, and updraft_prepare() brings it to
// its place at the next start; when an app is rolled back, it brings back what that one was made
// for. The partition "updraft" needs 32 KiB.
#pragma once
#include <stdbool.h>

#include "esp_err.h"
#include "esp_partition.h"

#ifdef __cplusplus
extern "C" {
#endif

// Brings each data partition to what the running app is made for: seconds after an update, else a
// look at flash. Needs no NVS and no network; 3 KB of heap from then on, 5 KB more while it runs,
// and 3 KiB of stack: the main task has 3.5 by default. After updraft_count_start(). Go on whatever
// it says: what could not be brought is not ready, and the next start tries again. Errors:
// ESP_ERR_INVALID_STATE (called before), ESP_ERR_NO_MEM, ESP_FAIL (flash).
esp_err_t updraft_prepare(void);

// The running app finds in it what it was made for. False: do not mount it, and do not format it:
// half of something is in there, or there is no such partition, or updraft_prepare() was not
// called. Of a pair web_0 and web_1 the label is "web". Of any task.
bool updraft_part_ready(const char* label);

// Brings what came for that partition to its place now, and not at the next start: within a second
// on_unmount(label) is asked, the new content is copied (as long as updraft_prepare() would take;
// other updates wait), on_mount(label, true) follows, and it is on trial from then on: no restart
// is due for it. Where on_unmount says no, or is NULL, the event UPDRAFT_EVENT_PART says "waiting",
// and the next start brings it. Of a pair nothing is copied: after on_unmount updraft_partition()
// is the other copy. From any task, from on_event too: when it says "staged". Errors:
// ESP_ERR_INVALID_STATE (not started, or updraft_prepare() was not called), ESP_ERR_INVALID_ARG (no
// such partition).
esp_err_t updraft_part_now(const char* label);

// The partition with that label; of a pair the copy that is the running app's. NULL: none. Of any
// task.
const esp_partition_t* updraft_partition(const char* label);

#ifdef __cplusplus
}
#endif
