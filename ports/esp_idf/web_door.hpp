// Fetching from web servers, by https or http: a WebPull with sockets and TLS of the chip. It
// decides by itself when it asks; what it remembers over a restart is a row of NVS. 8 KB of RAM,
// and 3 KB with pull_id.
#pragma once
#include <optional>

#include "nvs.h"
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/fleet_reports.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/tls_link.hpp"
#include "protocols/pull/web_pull.hpp"

namespace updraft::esp_idf {

class WebDoor final : public Door, private link::WebMemory, private link::PullWatcher {
 public:
  // If pull_url is one of `scheme`'s. Errors: ESP_ERR_NO_MEM; ESP_ERR_INVALID_ARG (pull_ca is no
  // certificate, pull_fields are no fields, no server takes pull_attributes).
  static esp_err_t make(const DoorContext& context, const Protocol& scheme, Owned<Door>& door);

  WebDoor(const DoorContext& context, const Protocol& scheme);  // both outlive it
  ~WebDoor() override;
  bool fetches_by_itself() const override { return true; }
  void start(Instant now) override;
  bool ask(const char* url, Instant now) override;
  std::optional<Call> wanted_call(Instant now) override;
  void missed(const Error& why, Instant now) override;
  link::Link* open(link::Origin) override;
  void closed(link::Link& link, const Result<>& outcome) override;

 private:
  void set(const char* url);
  void rest();
  std::size_t load(MutableBytes out) override;
  void save(Bytes note) override;
  void asked(Outcome outcome, const Result<>& why, Millis next) override;
  nvs_handle_t notes();

  const DoorContext& context_;
  const Protocol& scheme_;
  std::optional<TlsTerms> terms_;
  const char* url_ = nullptr;   // of pull_
  const char* next_ = nullptr;  // once the connection that is on is over
  std::optional<link::WebPull> pull_;
  std::optional<Call> call_;  // under way
  bool tls_wanted_ = false;   // by call_
  std::optional<TlsLink> tls_;
  nvs_handle_t notes_ = 0;       // of NVS
  Owned<FleetReports> reports_;  // where it has a name with a fleet's server
};

// Its two rows in the list of doors, each a part by itself (named.hpp).
struct HttpsDoor {
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    return WebDoor::make(context, kHttps, door);
  }
};
struct HttpDoor {
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    return WebDoor::make(context, kHttp, door);
  }
};

}  // namespace updraft::esp_idf
