// Which data belongs to which app, and what each data partition holds now: the record that makes
// one commit of an app and its data (spec/beyond-app.md 3.3).
//
// There is no second commit flag. Choosing an app chooses its data: at every start each label is
// brought to the generation that the running app is bound to (PartKeeper). A generation is a number
// that every content gets when it is received; 0 is what was there before anything was.
//
// Two sectors, written in turn, never in place; the newest one whose checksum is right counts.
// Little-endian:
//
//   record   +0 "UDBD"  +4 layout u32, 1  +8 counter u32  +12 next generation u32  +16 trial u8
//            +17 starts u8  +20 bad[32]  +52 two apps, 312 bytes each  +676 four labels, 24 each
//            +772 crc32 of 0..771
//   app      +0 SHA-256 of its image  +32 slot i8  +33 bindings u8  +36 four of 69 bytes
//   binding  +0 label[16]  +16 generation u32  +20 where u8  +21 one way u8  +22 bytes u32
//            +26 SHA-256  +58 slot i8  +59 head u32  +63 slot i8  +64 head u32
//   label    +0 label[16]  +16 generation u32  +20 state u8
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/parts/part.hpp"

namespace updraft::parts {

inline constexpr std::uint32_t kBindingSectors = 2;
inline constexpr std::size_t kBindingRecordBytes = 776;
inline constexpr std::size_t kBoundApps = 2;  // that can run: it and the one to go back to
// Starts that data without a new app has to be confirmed in.
inline constexpr std::uint8_t kDataTrialStarts = 3;

// A SparseStore, by the slot that it stands in and the offset of its head.
struct Store {
  static constexpr std::int8_t kNone = -128;
  static constexpr std::int8_t kStagingPart = -127;  // in the partition `staging`
  std::int8_t slot = kNone;
  std::uint32_t head = 0;
  bool exists() const { return slot != kNone; }
};

// Where the content that an app is bound to can be had from.
enum class WhereKept : std::uint8_t {
  in_place,  // only in the partition itself
  copy_0,    // the copy of a pair, which is nobody else's
  copy_1,
  staged,  // in `image`
  saved,   // its sectors that differ from `image` are in `saved`
  gone,    // nowhere, unless the partition still holds it
};

struct Binding {
  Text<kLabel> label;
  std::uint32_t generation = 0;
  WhereKept where = WhereKept::in_place;
  // It may be brought only once the app has confirmed itself; no way back from there.
  bool one_way = false;
  std::uint32_t size = 0;  // bytes of the image
  crypto::Sha256Digest digest{};
  Store image, saved;
};

struct BoundApp {
  crypto::Sha256Digest app{};  // of its image; all 0: none
  std::int8_t slot = 0;
  std::uint8_t count = 0;
  std::array<Binding, kParts> bindings;

  bool exists() const;
  std::span<Binding> all() { return std::span(bindings).first(count); }
  std::span<const Binding> all() const { return std::span(bindings).first(count); }
  Binding* find(std::string_view label);
  const Binding* find(std::string_view label) const {
    return const_cast<BoundApp*>(this)->find(label);
  }
  // The binding of that label, made if there is none; nullptr: kParts are there already.
  Binding* bind(std::string_view label);
};

enum class Content : std::uint8_t {
  whole,
  mixed,       // it is being copied: neither the old nor the new
  incomplete,  // it is being received in place, or that was cut off
};
// What a partition holds. One that is not listed: generation 0, whole.
struct Holding {
  Text<kLabel> label;
  std::uint32_t generation = 0;
  Content content = Content::whole;
};

struct BindingRecord {
  std::uint32_t next_generation = 1;
  // Data without a new app waits for its confirmation: apps[0] and apps[1] are the same app.
  bool on_trial = false;
  std::uint8_t starts = 0;     // of that trial
  crypto::Sha256Digest bad{};  // the last data that lost its trial
  std::array<BoundApp, kBoundApps> apps;
  std::array<Holding, kParts> holds;

  bool bad_is_none() const {
    return std::ranges::all_of(bad, [](std::byte b) { return b == std::byte{0}; });
  }
  Holding held(std::string_view label) const;
  // Error: no_room (kParts other labels are known).
  Result<> set_held(const Holding& held);
};

class BindingStore {
 public:
  // The kBindingSectors of `flash` from `at` on; it outlives the store.
  BindingStore(Flash& flash, std::uint32_t at) : flash_(flash), at_(at) {}

  // Reads the newest record; none: as new. Error: flash.
  Result<> open();
  // Writes it over the older one. Error: flash; the record before holds.
  Result<> write();

  BindingRecord record;

 private:
  Result<bool> load(std::uint32_t sector);

  Flash& flash_;
  std::uint32_t at_;
  std::uint32_t counter_ = 0;
  std::uint32_t newest_ = kBindingSectors - 1;  // sector of the record in force
};

// What the bytes of one record say; false: no record, or a broken one. Of a record that a newer
// library wrote nothing is read.
bool parse_binding(Bytes bytes, BindingRecord& record, std::uint32_t& counter);
void write_binding(const BindingRecord& record, std::uint32_t counter, MutableBytes bytes);

}  // namespace updraft::parts
