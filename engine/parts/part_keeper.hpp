// Keeps the data partitions of a device in step with its apps: at every start each label is brought
// to the content that the app that runs now is bound to (binding_store.hpp).
//
//   PartKeeper keeper({.boot = boot, .parts = parts, .store = store, ...}, events);
//   keeper.start(writer);          // before anything is mounted
//   if (keeper.ready("spiffs")) mount(...);
//
//   the partition holds   what happens at the start
//   what is wanted        nothing
//   other content         the sectors that will change are saved, for the app that may come back;
//                         then the wanted content is copied, read back, and noted
//   half of a copy        the copy again, from the beginning; or, if the other app runs, that
//                         one's content from what was saved and what both have in common
//
// A cut at any operation leaves a record that says which. Nothing that was written by a copy that
// was cut off is trusted, unless the ledger of the partition says that those writes were completed.
//
// Stack use is below 2 KiB, of bind_app() and bind_data() 3.5 KiB, besides what the port's Flash
// takes; no heap.
#pragma once
#include <optional>

#include "updraft/boot_control.hpp"

#include "engine/parts/binding_store.hpp"
#include "engine/parts/part_events.hpp"
#include "engine/parts/sparse_store.hpp"
#include "engine/pipeline/slot_writer.hpp"

namespace updraft::parts {

// What a device has for its data partitions. All of it outlives the keeper.
struct Holdings {
  BootControl& boot;  // the port's own
  std::span<const Part> parts;
  BindingStore& store;
  pipeline::SlotLedger* slots = nullptr;  // the ledger of the app slots, which store images too
  Flash* staging = nullptr;               // the partition `staging`
  Flash* ledgers = nullptr;               // room for ledgers of the parts, used as far as it goes
  std::uint32_t max_erase = kFlashBlock;  // Policy::max_block
};

// Content that was received, before it is bound.
struct Received {
  const Part* part = nullptr;
  WhereKept where = WhereKept::staged;
  Store image;
  std::uint32_t size = 0;
  crypto::Sha256Digest digest{};
  bool one_way = false;
};

// What content has to be, where that is known before it comes.
struct Promised {
  crypto::Sha256Digest digest{};
  std::uint32_t bytes = 0;
};

class PartKeeper {
 public:
  PartKeeper(const Holdings& holdings, PartEvents& events) : own_(holdings), events_(events) {}
  PartKeeper(const PartKeeper&) = delete;
  PartKeeper& operator=(const PartKeeper&) = delete;

  // Brings every label to what the running app is bound to. `writer` is lent for the time of the
  // call. Error: flash; what could not be brought is not ready, and the next start tries again.
  Result<> start(pipeline::SlotWriter& writer);

  // Once what is brought is mounted: hands back what the product kept of what it replaced, until
  // the product has taken it. Error: flash.
  Result<> hand_back();

  // For PartUpdater::bring_now(), while the product runs and has let go of the partition.
  // What the running app is bound to is kept elsewhere, and not in its place yet.
  bool waits(std::string_view label) const;
  bool any_waits() const;
  void tell_waiting(std::string_view label);
  // As start() does it for each. False: it has to wait.
  Result<bool> bring(std::string_view label, pipeline::SlotWriter& writer);
  // All that the partition holds is of one content, whosever it is.
  bool is_whole(std::string_view label) const {
    return record().held(label).content == Content::whole;
  }

  bool started() const { return started_; }  // the record is known
  // The running app finds what it was made for. False: it does not, or start() has not said so.
  bool ready(std::string_view label) const;
  // Of a pair the copy that belongs to the running app; nullptr: no such part.
  Flash* partition(std::string_view label) const;
  const Part* find(std::string_view label) const;
  std::span<const Part> parts() const { return own_.parts; }
  // Whether it is received where it is: the product says so, or what runs is a factory or rescue
  // app, beside which no slot is idle.
  bool goes_in_place(const Part& part) const;

  // In place of Holdings::slots: the one that the Updater writes. It outlives the keeper.
  void use_ledger(pipeline::SlotLedger* slots) { own_.slots = slots; }

  // Data that came without an app is on trial: three starts to confirm it, else the data before
  // comes back.
  bool on_trial() const { return record().on_trial; }
  Result<> confirm();  // what runs is good, app or data: what was saved is given up. Error: flash
  Result<>
  give_up();  // the data on trial; the next start brings the old. Errors: not_pending, flash

  // An app slot is about to change: what is stored there is given up. Errors: part_busy (the
  // running app still needs it), flash. Called by BoundBoot, as are the next two.
  Result<> leave_slot(const Slot& slot);
  // An app is about to be chosen: it inherits the data of the one that runs. Error: flash.
  Result<> bind_choice(const Slot& slot);

  // For who receives. What came is bound to the app in `slot`, which is about to be chosen, or, for
  // data alone, to the app that runs. Errors: no_room, flash.
  Result<> bind_app(const Slot& slot, std::span<const Received> parts);
  Result<> bind_data(std::span<const Received> parts);
  // Bytes needed to save what `image` would replace.
  Result<std::uint32_t> bytes_to_save(const Part& part, const Store& image);
  // Bytes behind the running app in its own slot.
  std::uint32_t room_behind_running() const;
  Result<> set_incomplete(const Part& part);
  Result<> set_whole_in_place(const Received& part);
  // The running app is bound to this content, and it is whole wherever it is kept.
  bool is_bound(const crypto::Sha256Digest& data) const;
  bool was_refused(const crypto::Sha256Digest& data) const;

  const BindingRecord& record() const { return own_.store.record; }
  BootControl& boot() const { return own_.boot; }
  Flash& area_of(const Store& store) const;
  Flash* staging() const { return own_.staging; }
  StoreWriter& store_writer() { return writer_; }
  crypto::Sha256& hash() { return hash_; }
  PartEvents& events() const { return events_; }
  std::uint32_t max_erase() const { return own_.max_erase; }
  // Nothing in that slot can be trusted by the next app that goes there.
  void doubt_slot(std::int8_t slot, MutableBytes scratch);
  // A session brings data and an app for one slot.
  void share_slot(bool shared) { shared_ = shared; }
  bool slot_is_shared() const { return shared_; }
  // For a part's own writes through a SlotWriter; nullopt: there is no room for one.
  std::optional<FlashWindow> ledger_of(const Part& part, std::size_t copy) const;

 private:
  BindingRecord& record() { return own_.store.record; }
  BoundApp* own_app();
  const BoundApp* own_app() const { return const_cast<PartKeeper*>(this)->own_app(); }
  Binding* own_binding(std::string_view label);
  Binding* other_binding(const Binding& now);
  bool is_held(const Binding& binding) const;
  bool waits(const Binding& binding) const;
  Result<> commit();
  void settle(BoundApp& app) const;
  void release(BoundApp& app, std::int8_t slot, bool& changed) const;
  BoundApp inherited(const BoundApp& from) const;
  BoundApp bound_now() const;
  Result<> bind(BoundApp now, std::span<const Received> parts);

  Result<bool> bring(Binding& now, pipeline::SlotWriter& writer);
  Result<> save(const Part& part, Binding& old, const Binding& now, MutableBytes scratch);
  enum class Change : std::uint8_t { none, of_blank, of_content };
  Result<Change> change_of(const Part& part, StoreReader& next, std::uint32_t at, bool hashed);
  Result<> save_sector(const Part& part, StoreReader& next, std::uint32_t at);
  Result<std::uint32_t> lowest_store(std::int8_t slot);
  Result<std::uint32_t> below_kept(Flash& area, std::uint32_t low);
  Result<> hand_back(const Binding& binding);
  Result<> copy(const Part& part, const Binding& from, pipeline::SlotWriter& writer);
  Result<> write_all(const Part& part, const Binding& from, pipeline::SlotWriter& writer);
  Result<> read_back(Flash& flash, const Binding& wanted);
  void tell(const Binding& binding, PartState state);

  Holdings own_;
  PartEvents& events_;
  StoreWriter writer_;
  crypto::Sha256 hash_;
  crypto::Sha256Digest app_{};  // that runs
  bool started_ = false;
  bool shared_ = false;
  bool bound_ = false;  // bind_app() has spoken for the choice that comes
};

// Which app a slot holds: its appended SHA-256, or that of its first sector where it has none.
Result<crypto::Sha256Digest> app_in(Flash& slot, crypto::Sha256& hash);
// Where an app in that slot ends, with room for a signature sector; a multiple of a sector. The
// whole slot where there is no app that can be measured.
std::uint32_t end_of_app(Flash& slot);

}  // namespace updraft::parts
