// A Service on a fake chip, driven by hand, with clients on real sockets in threads of their own.
#pragma once
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "engine/core/test_word.hpp"
#include "ports/esp_idf/service.hpp"
#include "tests/esp_idf/fake_chip.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

class ServiceBench {
 public:
  ~ServiceBench() { chip.net.power_off(); }
  ServiceBench(const ServiceBench&) = delete;
  ServiceBench& operator=(const ServiceBench&) = delete;
  explicit ServiceBench(const char* table = kTwoSlots) : chip(table, make_image("1.0.0")) {
    chip.real_time = true;
    config = updraft_config_default();
    config.raw_port = 0;
    config.take_delta = config.take_compressed = false;
    config.reserve_memory = std::getenv("UPDRAFT_TEST_RESERVES") != nullptr;
    config.allow_unsigned_raw = config.allow_unsigned_req = true;
    config.context = this;
    config.on_event = [](const updraft_event_t* event, void* context) {
      static_cast<ServiceBench*>(context)->on_event(*event);
    };
  }

  // A new app: the one that boots.
  esp_err_t start() {
    service.emplace(config, parts ? &*parts : nullptr);
    const esp_err_t err = service->open();
    if (err == ESP_OK) service->start();
    return err;
  }
  // Turns until `done`; false: the chip restarted before.
  template <class Condition>
  bool turn_until(Condition done) {
    while (!done()) {
      if (!service->turn(Millis{20})) return false;
    }
    return true;
  }
  // As a link of another task does it: "ok", or the code of what went wrong.
  std::string install(Bytes payload, Scheme scheme = kRaw, std::size_t piece = 1000,
                      std::uint8_t target = parts::kApp) {
    const auto hold = [this](auto call) {
      const Held held(service->lock());
      return call(service->intake());
    };
    Result<> done = hold([&](Intake& it) {
      return it.begin({.scheme = scheme, .size = payload.size(), .target = target});
    });
    for (Bytes rest = payload; done && !rest.empty();
         rest = rest.subspan(at_most(rest, piece).size())) {
      done = hold([&](Intake& it) { return it.write(at_most(rest, piece)); });
      (void)service->turn(Millis{0});
    }
    if (done) done = hold([](Intake& it) { return outcome_of(it.finish(PayloadEnd::told)); });
    (void)service->turn(Millis{0});
    return word(done);
  }
  bool ends_with(const std::string& word) {
    return turn_until([&] { return !ends.empty(); }) && ends.back() == word;
  }
  bool power_on() {
    chip.net.power_off();
    service.reset();
    parts.reset();
    return chip.power_on();
  }
  // As updraft_prepare(), which does it once for each program.
  esp_err_t prepare() { return parts.emplace().prepare(); }

  // What is in a data partition; of a pair in the copy of the running app.
  Image held(const char* label) {
    const esp_partition_t& partition = *parts->partition(label);
    Image bytes(partition.size);
    EXPECT_EQ(esp_partition_read(&partition, 0, bytes.data(), bytes.size()), ESP_OK);
    return bytes;
  }

  FakeChip chip;
  updraft_config_t config{};
  std::optional<DataParts> parts;
  std::optional<Service> service;
  std::vector<updraft_event_id_t> events;
  std::vector<std::string> ends;    // how updates ended: "ok", or the code
  std::vector<std::string> parted;  // what became of data partitions: "web ready"

 private:
  void on_event(const updraft_event_t& event) {
    expect_no_lock("on_event");
    if (event.id != UPDRAFT_EVENT_PROGRESS) events.push_back(event.id);
    if (event.id == UPDRAFT_EVENT_INSTALLED) ends.emplace_back("ok");
    if (event.id == UPDRAFT_EVENT_PART) {
      parted.push_back(std::string(event.part) + " " + event.code);
    }
    if (event.id == UPDRAFT_EVENT_ENDED) ends.emplace_back(event.code);
  }
};

}  // namespace updraft::esp_idf
