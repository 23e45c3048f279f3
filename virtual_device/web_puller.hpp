// Keeps a virtual device at what a web server gives: the sockets, TLS and the timer of a WebPull.
// What it remembers over a restart is DIR/web-note, and DIR/reports.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ports/linux/tls_link.hpp"
#include "protocols/pull/web_pull.hpp"
#include "virtual_device/door.hpp"
#include "virtual_device/reports.hpp"

namespace updraft::device {

struct WebPullSettings {
  std::string fields;          // of each request, with their line ends; may hold a secret
  linux_port::TlsTrust trust;  // of https
  bool server_proves = false;  // its certificate makes what it sends proved
  Millis every = link::kPollEvery;
  std::string time_zone;  // what it says of itself to the server of a fleet
  std::vector<std::pair<std::string, std::string>> attributes;

  // Both, for the time that they stay; the rest of what a device says is its own.
  std::vector<link::WebAttribute> web_attributes() const;
};

class WebPuller final : public Pulling, private link::PullWatcher, private link::WebMemory {
 public:
  // From options.pull, which is there and of that scheme. All outlive it.
  WebPuller(const DoorContext& context, Scheme scheme, const WebPullSettings& settings);
  void start() override;
  bool goes_on() const override { return true; }

 private:
  class Attempt;
  const std::string& url() const { return context_.options.pull->url; }
  std::filesystem::path note() const { return context_.options.state / "web-note"; }
  void look();
  void look_when_due();
  void connect(const link::WebUrl& where);
  void ended(const Result<>& outcome);
  void asked(Outcome outcome, const Result<>& why, Millis next) override;
  void on_fresh(const Result<Freshness>& token) override;
  void on_stale(Millis since) override;
  std::size_t load(MutableBytes out) override;
  void save(Bytes note) override;

  const DoorContext& context_;
  const WebPullSettings& settings_;
  Reports reports_;
  link::WebPull pull_;
};

}  // namespace updraft::device
