// The events of a virtual device: design.md section 5 fixes the members of the JSON form,
// cli/device_printer.cpp writes both forms.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "updraft/events.hpp"
#include "updraft/time.hpp"

#include "engine/parts/part_events.hpp"
#include "engine/rescue/rescue_request.hpp"
#include "engine/signing/signing_memory.hpp"
#include "engine/update/signing.hpp"
#include "sim/bootloader.hpp"
#include "sim/flash_stats.hpp"

namespace updraft::device {

struct Listening {
  Scheme scheme;
  std::string address;  // of a serial line: the link to it
  std::uint16_t port;   // of a serial line: 0
  Trust policy;         // the least that is accepted there
  // Of the certificate, if the port speaks TLS.
  std::optional<crypto::Sha256Digest> fingerprint = {};
  std::string shown = {};  // to people; empty: the URL
};

// The address as URLs have it: IPv6 in brackets.
inline std::string host_of_url(const Listening& listening) {
  const bool brackets = listening.address.find(':') != std::string::npos;
  return brackets ? "[" + listening.address + "]" : listening.address;
}

// Where the modelled time of an update went.
struct UpdateTime {
  const sim::FlashStats& flash;
  sim::Nanos network;  // waiting for bytes
  sim::Nanos verify;   // of flash.read: the read-back at the end
  sim::Nanos total;
};

class Events {
 public:
  virtual ~Events() = default;
  // `signed_as`: the release of what runs; nullopt: it did not come signed.
  virtual void on_boot(const sim::BootedApp& app, const std::optional<DamagedRecord>& damaged,
                       const std::optional<Release>& signed_as) = 0;
  // `not_before`: what tokens said of the time, in Unix seconds; 0: nothing.
  // `whole`: both of its records are sound.
  virtual void on_holds_key_set(std::uint64_t version, std::uint64_t not_before, bool whole) = 0;
  virtual void on_status(const sim::BootedApp& app) = 0;  // asked for on the console
  // The power is about to go: what was said stands on the serial line, so it must not wait here.
  virtual void on_power_cut() = 0;
  virtual void on_no_boot(const Error& error, const std::vector<std::string>& trace) = 0;
  void on_listening(const Listening& listening) {
    listening_.push_back(listening);
    tell_listening(listening);
  }
  // Others find it by this name: "kitchen"; again if it had to change.
  virtual void on_announced(const std::string& name) = 0;
  virtual void on_pulling(std::string_view from) = 0;
  // What a question to that server came to: "unchanged", "current", "installed", "cut", "failed".
  virtual void on_pulled(std::string_view from, std::string_view result, const Result<>& why,
                         Millis next) = 0;
  // A server of a fleet said whether it has something newer, or gave no valid answer; and for so
  // long it gave none.
  virtual void on_fresh(const Result<Freshness>& token) = 0;
  virtual void on_stale(Millis since) = 0;
  virtual void on_pull_given_up(std::string_view from, unsigned attempts) = 0;
  virtual void on_begun(const Session& session) = 0;
  virtual void on_progress(std::uint64_t received, std::uint64_t total) = 0;
  virtual void on_installed(const Installed& installed,
                            const std::optional<Release>& signed_as) = 0;
  virtual void on_files_installed(const FilesInstalled& installed) = 0;
  // Of a data partition: news of what it holds.
  virtual void on_part(const parts::PartNews& news) = 0;
  virtual void on_current(const Session& session, const format::ImageInfo& image) = 0;
  virtual void on_key_set(const Session& session, std::uint64_t version) = 0;
  virtual void on_armed(std::uint32_t seconds) = 0;
  virtual void on_disarmed() = 0;
  virtual void on_ended(const Session& session, const Error& error) = 0;
  // Connections that were no updates, since the last time.
  virtual void on_strangers(std::uint64_t connections) = 0;
  virtual void on_confirmed() = 0;
  virtual void on_rolled_back(std::string_view to, std::string_view reason) = 0;
  // The rescue app runs, or is about to.
  virtual void on_rescue(RescueReason reason) = 0;
  // An update of the rescue app was cut off, and it is not whole.
  virtual void on_rescue_broken() = 0;
  // It is older than the app needs.
  virtual void on_rescue_too_old(std::string_view version, std::string_view wanted) = 0;
  virtual void on_remembered(const Remembered& image) = 0;
  virtual void on_let_in(const crypto::Sha256Digest& digest) = 0;
  virtual void on_reboot(std::string_view reason) = 0;
  // While an update runs and flash timing is on: how long it would have taken so far.
  virtual void on_modelled(sim::Nanos so_far) = 0;
  virtual void on_flash_time(const UpdateTime& time) = 0;
  virtual void on_warning(std::string_view text) = 0;
  // The device has no owner: who types this line elsewhere is it. The only secret that is shown.
  virtual void on_pairing(std::string_view id, std::string_view line) = 0;

  // What was told, as JSON objects, but for secrets and progress; those of late, numbered from 1.
  std::uint64_t newest() const { return newest_; }
  std::string_view told(std::uint64_t number) const {
    const bool there = number <= newest_ && number + history_.size() > newest_;
    return there ? std::string_view(history_[history_.size() - 1 - (newest_ - number)])
                 : std::string_view();
  }

  // All that was told of so far.
  const std::vector<Listening>& listening() const { return listening_; }

 protected:
  virtual void tell_listening(const Listening& listening) = 0;
  void remember(std::string event) {
    constexpr std::size_t kKept = 32;
    if (history_.size() == kKept) history_.pop_front();
    history_.push_back(std::move(event));
    ++newest_;
  }

 private:
  std::deque<std::string> history_;
  std::uint64_t newest_ = 0;
  std::vector<Listening> listening_;
};

}  // namespace updraft::device
