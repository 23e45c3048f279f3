// What the port takes from the heap at its start: objects of these sizes. tools/footprint reads
// them as the sizes of symbols; nothing of this is linked.
#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/native_door.hpp"
#include "ports/esp_idf/service.hpp"

#define UPDRAFT_HELD(type) char held_##type[sizeof(updraft::esp_idf::type)]

UPDRAFT_HELD(Service);
UPDRAFT_HELD(RawDoor);
UPDRAFT_HELD(ReqDoor);
UPDRAFT_HELD(BundleDoor);
UPDRAFT_HELD(HttpHandlers);
UPDRAFT_HELD(NativeDoor);
