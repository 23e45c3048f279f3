// The running image's trial: from its first start until it is confirmed or given up.
#pragma once
#include <atomic>

#include "updraft/time.hpp"
#include "updraft/updater.hpp"

#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

class Trial {
 public:
  struct Rules {
    Millis within{0};  // 0: no deadline
    bool (*is_healthy)(void* context) = nullptr;
    void* context = nullptr;
  };

  Trial(Updater& updater, Reporter& reporter, const Rules& rules)
      : updater_(updater), reporter_(reporter), rules_(rules), runs_(updater.pending()) {}

  void start(Instant now);
  // Carries out requests, asks for health once a second, checks the deadline. True: the image was
  // given up, restart now.
  bool turn(Instant now);

  // From any task; a later turn() obeys.
  void ask_to_confirm() { confirm_ = true; }
  void ask_to_give_up() { give_up_ = true; }
  void ask_to_go_back() { go_back_ = true; }
  bool runs() const { return runs_; }

 private:
  bool give_up(const char* text, RolledBack why);
  void keep();

  Updater& updater_;
  Reporter& reporter_;
  Rules rules_;
  Instant until_{};
  Instant ask_again_{};
  std::atomic<bool> runs_;
  std::atomic<bool> confirm_ = false, give_up_ = false, go_back_ = false;
};

}  // namespace updraft::esp_idf
