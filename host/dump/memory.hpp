// What Updraft remembers on a device (updraft/update_memory.hpp), read from a dump by the engine's
// own readers.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "updraft/flash.hpp"

#include "engine/rescue/rescue_memory.hpp"
#include "engine/signing/signing_memory.hpp"
#include "host/dump/nvs.hpp"

namespace updraft::dump {

struct RememberedImage {
  crypto::Sha256Digest digest;
  bool refused = false;     // it was rolled back here, and is refused from now on
  bool on_trial = false;    // chosen, not confirmed
  std::size_t excused = 0;  // trials that a power cut ended
};

struct SlotMemory {
  std::uint8_t slot = 0;
  std::string_view state;          // "untouched", "interrupted", "complete", "damaged", ...
  std::uint32_t good_to = 0;       // interrupted: bytes from the start that are there
  std::uint32_t payload_size = 0;  // interrupted: of what was coming; 0: not told
  std::uint32_t image_bytes = 0;   // complete
};

// For signed updates.
struct SigningReading {
  bool newer = false;              // a newer release wrote it, and only that can read it
  std::vector<std::byte> key_set;  // as it was sent; empty: there is none
  std::optional<Release> installed, pending;
  std::optional<LostRelease> lost;
  std::uint64_t not_before = 0;  // what tokens said of the time, in Unix seconds; 0: nothing
};

// What belongs to what among the data partitions: parts::BindingRecord, as far as it is to be
// shown.
struct BoundData {
  std::string label;
  std::string_view state;  // "ready", "staged", "saved", "copy 0", "copy 1", "half", "gone"
  crypto::Sha256Digest digest{};
  std::uint32_t bytes = 0;  // 0: what was there before anything came
};
struct BoundReading {
  crypto::Sha256Digest app{};
  std::int8_t slot = 0;
  std::vector<BoundData> data;
};

// Of failed starts, and for a rescue app.
struct RescueReading {
  unsigned starts = 0;                   // by a crash, in the healthy period that goes on
  std::optional<RescueRequest> request;  // that the app left for the rescue app
};

struct MemoryReading {
  bool journal = false;  // there is one, of a layout that this release reads
  std::vector<RememberedImage> images;
  std::vector<SlotMemory> slots;
  std::vector<BoundReading> bound;  // the apps that data belongs to
  bool data_on_trial = false;
  std::optional<SigningReading> signing;  // nullopt: the device has taken nothing signed
  std::optional<RescueReading> rescue;    // nullopt: there was never anything to note
};

// `partition` is not written to. `slot_bytes`: of each OTA slot, in their order.
MemoryReading read_memory(Flash& partition, const std::vector<std::uint32_t>& slot_bytes);

// Of a chip that has no partition for it (ports/esp_idf/nvs_sectors.hpp).
std::optional<SigningReading> signing_in(const Nvs& nvs);

// True where a journal begins the bytes.
bool is_memory(Bytes partition);

}  // namespace updraft::dump
