// The running image's trial: from its first start until it is confirmed or given up. Whoever does
// that, otadata is asked whether it goes on: a page and a host end it too, and so does an
// application by ESP-IDF's own calls. Data that came without an app is on trial in the same way.
//
// Its deadline counts the time awake: deep sleep that the bootloader lets it come back from is no
// end of a trial and no new one (awake_time.hpp).
#pragma once
#include <atomic>
#include <optional>

#include "updraft/steering.hpp"
#include "updraft/time.hpp"

#include "ports/esp_idf/lock.hpp"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

class Trial {
 public:
  struct Rules {
    Millis within{0};  // awake; 0: no deadline
    bool (*is_healthy)(void* context) = nullptr;
    void* context = nullptr;
  };

  // All outlive it.
  Trial(Steering& engine, Reporter& reporter, Lock& lock, const Rules& rules)
      : engine_(engine), reporter_(reporter), lock_(lock), rules_(rules), runs_(engine.pending()) {}

  // Of the task that runs the trial; it holds the lock.
  void start(Instant now);
  // The same for data that has come to its place in the middle of a run.
  void start_again(Instant now);
  // Carries out requests, asks for health once a second (without the lock), checks the deadline.
  // True: the image was given up, restart now.
  bool turn(Instant now);

  // From any task; a later turn() obeys.
  void ask_to_confirm() { confirm_ = true; }
  void ask_to_give_up() { give_up_ = true; }
  void ask_to_go_back() { go_back_ = true; }
  bool runs() const { return runs_; }

  // Until it is given up; nullopt: there is no trial, or no deadline. The caller holds the lock.
  std::optional<Millis> left(Instant now) const;

 private:
  void begin(Instant now, Millis before);
  bool goes_on();
  bool is_healthy(Instant now);
  void count(Instant now);
  bool give_up(const char* text, RolledBack why);
  void keep();

  Steering& engine_;
  Reporter& reporter_;
  Lock& lock_;
  Rules rules_;
  Instant started_{};
  Millis before_{0};  // awake, before the sleep
  Instant until_{};
  Instant ask_again_{};
  std::atomic<bool> runs_;
  std::atomic<bool> confirm_ = false, give_up_ = false, go_back_ = false;
};

}  // namespace updraft::esp_idf
