// The events of an update while it runs: one observer gets them, and every user interface shows
// them.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/boot_control.hpp"
#include "updraft/intake.hpp"
#include "updraft/policy.hpp"

#include "engine/format/image.hpp"

namespace updraft {

// States of an update; the names are those of the table in engine/update/update_table.hpp and of
// logs.
enum class UpdateState : std::uint8_t {
  idle,       // nothing runs; begin() is welcome
  judging,    // a session is open; nothing is erased, the head is not judged yet
  writing,    // the head passed; the slot is being written
  verifying,  // all is written; the slot is read back
  installed,  // verified and selected: waits for the restart, takes nothing more
};
std::string_view name(UpdateState state);

// One begin(), or an attempt that never reached it (Intake::never_began). Each gets the next number
// and ends in exactly one of on_installed(), on_files_installed(), on_current() and on_ended().
struct Session {
  std::uint32_t id = 0;  // 1 for the first since the start
  Scheme scheme;
};

// An update that is verified and selected.
struct Installed {
  Session session;
  Slot slot;
  Trust trust;
  const format::ImageInfo& image;
};

// A bundle without firmware whose files are in place.
struct FilesInstalled {
  Session session;
  Trust trust;
  std::size_t count;
  bool changed;  // false: all of them were there already; nothing was written, no restart is due
};

// Called from inside the Updater's functions: return soon, and do not call the Updater back.
class Observer {
 public:
  // This session has the engine from now on. A session that ends without this call never had it:
  // the engine was busy, or begin() was not reached.
  virtual void on_begun(const Session&) {}
  virtual void on_state(UpdateState) {}
  // Bytes taken so far, and of how many (0: not known). Once per write(): throttle when showing.
  virtual void on_progress(std::uint64_t /*received*/, std::uint64_t /*total*/) {}
  virtual void on_installed(const Installed&) {}
  virtual void on_files_installed(const FilesInstalled&) {}
  // The session brought what runs already: it is over, and nothing was changed.
  virtual void on_current(const Session&, const format::ImageInfo&) {}
  // The session brought a KeySet, which holds from now on or did before, and no image; on_current()
  // follows, with an empty one.
  virtual void on_key_set(std::uint64_t /*version*/) {}
  // The session ended badly; verdict(error.code) tells refused from failed. The running firmware
  // and the boot choice are as before.
  virtual void on_ended(const Session&, const Error&) {}
  virtual void on_confirmed() {}
  // An image lost its trial here; its digest is refused from now on.
  virtual void on_remembered(const Remembered&) {}
  virtual void on_let_in(const crypto::Sha256Digest&) {}  // no more

 protected:
  ~Observer() = default;
};

}  // namespace updraft
