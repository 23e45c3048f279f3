// All of Updraft on a chip, as updraft.h starts it: engine, memory, ways in, trial. One task calls
// turn(); what is said to come from any task does.
//
// Takes its memory when it is made; nothing is allocated later.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "ports/esp_idf/asking_intake.hpp"
#include "ports/esp_idf/boot_control.hpp"
#include "ports/esp_idf/memory.hpp"
#include "ports/esp_idf/pull_url.hpp"
#include "ports/esp_idf/raw_door.hpp"
#include "ports/esp_idf/req_door.hpp"
#include "ports/esp_idf/socket_driver.hpp"
#include "ports/esp_idf/trial.hpp"

namespace updraft::esp_idf {

class Service {
 public:
  explicit Service(const updraft_config_t& config);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Errors: those of updraft_start() that the configuration can cause.
  esp_err_t open();
  // The task's first act: what became of the last update, and the trial of this image.
  void start();
  // Waits at most so long for something to happen, and deals with it. False: the chip restarts.
  bool turn(Millis patience);

  // From any task.
  Trial& trial() { return trial_; }
  bool ask_to_pull(const char* url);  // nullptr: the configured one; false: no such URL

  Updater& updater() { return updater_; }
  std::uint16_t raw_port() const { return raw_port_; }  // the real one where 0 was asked for

 private:
  esp_err_t read_cipher();
  void pull(Instant now);
  Door& door_to(Scheme scheme);
  bool restart_when_due(Instant now);

  updraft_config_t config_;
  Policy policy_;
  Reporter reporter_;
  EspBootControl boot_;
  Memory memory_;
  Updater updater_;
  AskingIntake intake_;
  Trial trial_;
  std::optional<link::RawCipher> cipher_;
  std::unique_ptr<RawDoor> raw_;
  std::unique_ptr<ReqDoor> req_;
  SocketDriver driver_;
  std::uint16_t raw_port_ = 0;
  std::atomic<const char*> pull_now_ = nullptr;
  std::optional<Instant> next_pull_;
  std::optional<Instant> restart_at_;
};

}  // namespace updraft::esp_idf
