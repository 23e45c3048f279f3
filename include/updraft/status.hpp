// The status document: what a device says about itself at GET /ota/status, as one JSON object.
// Every port fills in a Status and has it written here, without heap.
//
//   StatusKeeper keeper(observer);      // the Updater's observer; passes everything on
//   Status status = ...;                // what the port knows
//   keeper.fill(status);                // what the updates reported
//   std::array<std::byte, kStatusBytes> room;
//   const std::size_t size = write_status(status, room);
//
// The update page, `updraft push --restart` and the link's own otaError texts rely on it: an
// otaError is only a word, its code and sentence stand in `last`.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/events.hpp"
#include "updraft/time.hpp"
#include "updraft/update_memory.hpp"

namespace updraft {

inline constexpr std::size_t kStatusBytes = 2368;  // enough for any Status without `more`

// The latest update that ended since this start.
struct LastUpdate {
  bool ok = false;
  bool current = false;                     // ok, and nothing was changed: it was what runs already
  Error why{Code::aborted, Where::device};  // not ok; rolled_back: the one before this start
};

// What only some devices say, as text of the document: the targets of updates besides the app
// (parts::TargetText), the version of a rescue app (RescueVersion).
class StatusMember {
 public:
  // Members, each with its name; returns the bytes written, 0: `out` is too small.
  virtual std::size_t write(MutableBytes out) const = 0;

 protected:
  ~StatusMember() = default;
};

struct Status {
  format::ImageInfo running;  // the image that runs
  std::uint16_t chip_id = 0;  // as in image headers
  // Of the chip and of its eFuse block, major * 100 + minor; nullopt: images are not judged by it.
  std::optional<std::uint16_t> chip_revision, block_revision;
  Text<16> slot;                 // that it runs from
  std::uint32_t slot_bytes = 0;  // of the slot that an update would go to; 0: there is none
  Text<16> factory;              // the app that a restart can go into beside it; mostly none
  OtaState state = OtaState::undefined;
  bool data_on_trial = false;  // data that came without an app waits to be kept
  bool confirms_itself = false;
  std::optional<Millis> confirm_in;  // until it does; only while it is on trial
  std::optional<Millis> give_up_in;  // until the device gives it up; only while it is on trial
  Millis uptime{0};
  std::uint32_t boot = 0;  // a new random number at every start
  UpdateState update = UpdateState::idle;
  std::uint64_t received = 0, total = 0;
  Trust policy = Trust::signed_image;  // the least that is accepted where the document is read
  bool login = false;                  // only from who logs in there with the password
  bool refuses_downgrade = false;      // an older version than the running one
  // Pre-encrypted images that it can open: none, rsa, ecies, both.
  std::string_view sealed = "none";
  // How far a zlib stream may look back for this device to inflate it now; bytes. 0: it inflates
  // nothing.
  std::uint32_t inflate_window = 0;
  bool takes_delta = false;  // a patch against what runs, of our format
  struct Previous {
    Text<32> version, project;
  };
  std::optional<Previous> previous;  // the image to go back to
  std::optional<LastUpdate> last;
  std::string_view last_sentence;  // of it, where the device has better words than the library
  // Images that are refused until they are let in by name (Updater::remembered).
  std::array<Remembered, kRememberedImages> remembered;
  std::size_t remembered_count = 0;
  const StatusMember* more = nullptr;  // nullptr: nothing
};

// Returns the bytes written; 0: `out` is too small. Text of images is made printable: control and
// non-ASCII bytes are shown as \xNN.
std::size_t write_status(const Status& status, MutableBytes out);

// An observer that remembers what the status document needs and passes everything on.
class StatusKeeper final : public Observer {
 public:
  explicit StatusKeeper(Observer& next) : next_(next) {}
  // The image that ran before this start was rolled back.
  void note_rolled_back() { last_ = {.why = {Code::rolled_back, Where::boot}}; }
  void fill(Status& status) const;
  bool wrote() const { return wrote_; }  // the update slot was changed since this start

  void on_begun(const Session& session) override { next_.on_begun(session); }
  void on_state(UpdateState state) override;
  void on_progress(std::uint64_t received, std::uint64_t total) override;
  void on_installed(const Installed& installed) override;
  void on_files_installed(const FilesInstalled& installed) override;
  void on_current(const Session& session, const format::ImageInfo& image) override;
  void on_key_set(std::uint64_t version) override { next_.on_key_set(version); }
  void on_ended(const Session& session, const Error& why) override;
  void on_confirmed() override { next_.on_confirmed(); }
  void on_remembered(const Remembered& image) override { next_.on_remembered(image); }
  void on_let_in(const crypto::Sha256Digest& image) override { next_.on_let_in(image); }

 private:
  Observer& next_;
  UpdateState state_ = UpdateState::idle;
  std::uint64_t received_ = 0, total_ = 0;
  std::optional<LastUpdate> last_;
  bool wrote_ = false;
};

}  // namespace updraft
