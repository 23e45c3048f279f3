// All of Updraft on a chip, as updraft.h starts it: engine, memory, ways in, trial. One task calls
// start() and turn(), and hands the application its events; what is said to come from any task
// does.
//
// Takes its memory when it is made; later only what an update borrows (heap_lender.hpp).
#pragma once
#include <array>
#include <atomic>
#include <optional>

#include "updraft/status.hpp"

#include "ports/esp_idf/asking_intake.hpp"
#include "ports/esp_idf/data_parts.hpp"
#include "ports/esp_idf/doors.hpp"
#include "ports/esp_idf/lock.hpp"
#include "ports/esp_idf/lookup.hpp"
#include "ports/esp_idf/memory_store.hpp"
#include "ports/esp_idf/ota_calls.hpp"
#include "ports/esp_idf/pull_url.hpp"
#include "ports/esp_idf/rescue.hpp"
#include "ports/esp_idf/socket_driver.hpp"
#include "ports/esp_idf/trial.hpp"
#include "ports/esp_idf/trusted.hpp"
#include "ports/esp_idf/unpacking.hpp"
#include "ports/esp_idf/ways.hpp"
#ifdef CONFIG_UPDRAFT_MDNS
#include "ports/esp_idf/announcer.hpp"
#endif

namespace updraft::esp_idf {

class Service {
 public:
  // Called regularly by the update task, without the lock.
  class Companion {
   public:
    virtual void tick(Instant now) = 0;

   protected:
    ~Companion() = default;
  };

  // `parts`: of updraft_prepare(); it outlives the service. nullptr: only the app can be updated.
  explicit Service(const updraft_config_t& config, DataParts* parts = nullptr);
  // A start that failed, and a test's restart in the middle of an update.
  ~Service() UPDRAFT_UNCHECKED { updater_.lend_writer().return_sector(); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Errors: those of updraft_start() that the configuration can cause.
  esp_err_t open();
  // To the log: each way in, and the memory, of which `taken` bytes are gone.
  void say_what_is_open(std::size_t taken);
  void say_way(const Way& way);  // that the application opened
  // The task's first step: settles the last update, and starts the trial of this image.
  void start();
  // Waits at most so long for something to happen, and deals with it. False: the chip restarts.
  bool turn(Millis patience);

  // From any task.
  Trial& trial() { return trial_; }
  bool ask_to_pull(const char* url);  // nullptr: the configured one; false: no such URL

  void ask_to_let_in(const ImageName& image) {
    let_in_ = std::uint64_t{load_le32(image, 4)} << 32 | load_le32(image, 0);
  }
  void ask_to_restart() { restart_asked_ = true; }
  Trusted& trusted() { return trusted_; }

  // Other tasks hold the lock while they use these.
  Lock& lock() UPDRAFT_RETURNS_LOCK(lock_) { return lock_; }
  LeanUpdater& updater() UPDRAFT_REQUIRES(lock_) { return updater_; }
  Intake& intake() UPDRAFT_REQUIRES(lock_) { return intake_; }
  Steering& steering() UPDRAFT_REQUIRES(lock_) { return engine_.steering(updater_); }
  const parts::Targets* targets() const { return engine_.targets(); }  // nullptr: only the app
  // Bytes of a payload that can make sense.
  std::uint64_t payload_bytes() UPDRAFT_REQUIRES(lock_);
  void attach(Companion& companion) { companion_ = &companion; }
  const Policy& policy() const { return policy_; }
  const DoorContext& context() const { return context_; }  // its engine: with the lock held
  // All that the status document says, but for the policy, which is that of who shows it.
  void fill(Status& status) UPDRAFT_REQUIRES(lock_);

 private:
  esp_err_t open_door(const DoorRow& row, Owned<Door>& door) UPDRAFT_REQUIRES(lock_);
  esp_err_t check_pull() UPDRAFT_REQUIRES(lock_);
  Question question() { return {config_.may_install, config_.context, lock_, &reporter_}; }
  void look_at_images() UPDRAFT_REQUIRES(lock_);
  void pull(Instant now) UPDRAFT_REQUIRES(lock_);
  void start_to_pull() UPDRAFT_REQUIRES(lock_);
  void call(Instant now) UPDRAFT_REQUIRES(lock_);
  void fetch(Instant now) UPDRAFT_REQUIRES(lock_);
  void let_in_when_asked() UPDRAFT_REQUIRES(lock_);
  void bring_parts(Instant now) UPDRAFT_REQUIRES(lock_);
  void turn_doors(Instant now) UPDRAFT_REQUIRES(lock_);
  Door* door_to(Scheme scheme);  // that fetches; nullptr: nothing asks for it
  bool is_restart_due(Instant now) UPDRAFT_REQUIRES(lock_);
#ifdef CONFIG_UPDRAFT_MDNS
  void announce();
  Announcer::Stand stand() UPDRAFT_REQUIRES(lock_);
#endif

  updraft_config_t config_;
  Lock lock_;
  Policy policy_;
  Reporter reporter_;
  StatusKeeper status_ UPDRAFT_GUARDED_BY(lock_);
  Unpacking unpacking_;
  IdfOtaCalls ota_calls_;
  BootParts boot_parts_{ota_calls_};
  BootControl& boot_ = boot_parts_.boot();
  MemoryStore memory_;
  Trusted trusted_;
  PartEngine engine_;
  LeanUpdater updater_ UPDRAFT_GUARDED_BY(lock_);
  AskingIntake intake_ UPDRAFT_GUARDED_BY(lock_);
  Trial trial_;
  RescueWatch rescue_ UPDRAFT_GUARDED_BY(lock_);
  const DoorContext context_;
  std::array<Owned<Door>, std::size(kDoorRows)> doors_;  // those that the configuration asks for
  HeapLender calls_;                                     // lends the memory of connections
  SocketDriver driver_{lock_, calls_};
  bool is_busy_ = false;  // a door has more to do
  std::atomic<const char*> pull_now_ = nullptr;
  std::optional<Instant> next_pull_ UPDRAFT_GUARDED_BY(lock_);
  PullUrl pulling_ UPDRAFT_GUARDED_BY(lock_){};  // whose host is being looked up
  Lookup lookup_;
  std::optional<Instant> restart_at_ UPDRAFT_GUARDED_BY(lock_);
  std::atomic<bool> restart_asked_ = false;
  std::atomic<std::uint64_t> let_in_ = 0;  // the name of an image, low byte first; 0: none
  std::atomic<Companion*> companion_ = nullptr;
#ifdef CONFIG_UPDRAFT_MDNS
  Announcer announcer_;
  Announcer::Stand stand_ UPDRAFT_GUARDED_BY(lock_);
#endif
  // For the status document.
  format::ImageInfo running_;
  std::optional<Status::Previous> previous_;
  std::uint32_t boot_number_ = 0;
};

Service* started_service();  // that of updraft_start(); nullptr: none

// For a door: it is called with the lock held.
inline Steering& steering_of(Service& service) UPDRAFT_UNCHECKED { return service.steering(); }

}  // namespace updraft::esp_idf
