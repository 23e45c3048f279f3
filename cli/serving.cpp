#include "cli/serving.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {
constexpr std::size_t kServedAtOnce = 64;  // by each scheme
constexpr Millis kPatience{10'000};        // with a device that has asked for nothing yet
constexpr Millis kProgressEvery{250};
}  // namespace

// One device and how far it is.
class Serving::Client final : public linux_port::Connection {
 public:
  Client(Serving& serving, ServeDoor& door)
      : scheme(door.protocol()),
        source_(serving.file_),
        serving_(serving),
        machine_(door.serve(source_)) {}
  link::Link& link() override { return machine_->link(); }
  std::uint64_t sent() { return machine_->sent(); }
  std::uint64_t total() { return machine_->total(); }
  void connected(const std::string& address) override {
    peer = address;
    serving_.began(*this);
  }
  void closed(const Result<>& outcome) override { serving_.ended(*this, outcome); }

  const Scheme scheme;
  std::string peer;
  std::uint64_t shown = 0;  // bytes, in the last progress event

 private:
  link::MemorySource source_;
  Serving& serving_;
  std::unique_ptr<Served> machine_;
};

Serving::Serving(Config config, Bytes file)
    : config_(std::move(config)), out_(config_.json), file_(file) {}

void Serving::listen(ServeDoor& door) {
  const std::uint16_t wanted = *door.port;
  const Scheme scheme = door.protocol();
  const Result<std::uint16_t> port = reactor_.listen(
      config_.address, wanted, [this, &door] { return std::make_unique<Client>(*this, door); },
      {.places = kServedAtOnce, .patience = kPatience});
  if (!port) {
    throw Stop(kFailed, fmt::format("cannot listen on {} port {}: {}", config_.address, wanted,
                                    std::strerror(static_cast<int>(port.error().found))));
  }
  out_.event({{"event", "listening"},
              {"scheme", name(scheme)},
              {"address", config_.address},
              {"port", *port}});
  out_.item("listening", fmt::format("{}://{}:{}, {} for every device that connects", name(scheme),
                                     config_.address, *port, human_bytes(file_.size())));
}

int Serving::run() {
  reactor_.on_signal([this](int) { reactor_.stop(); });
  reactor_.run();
  return status_;
}

void Serving::began(Client& client) {
  clients_.push_back(&client);
  out_.event({{"event", "client"}, {"peer", client.peer}, {"scheme", name(client.scheme)}});
  out_.item("client", client.peer);
  if (!std::exchange(ticking_, true)) tick();
}

void Serving::ended(Client& client, const Result<>& outcome) {
  show_progress();
  bar_.finish();
  std::erase(clients_, &client);
  boost::json::object event = result_event(outcome);
  event["peer"] = client.peer;
  event["scheme"] = name(client.scheme);
  out_.event(event);
  out_.item(outcome ? "sent" : "failed", outcome ? client.peer + " took all of it"
                                                 : client.peer + ": " + explain(outcome.error()));
  if (!config_.once) return;
  status_ = outcome ? kOk : status_of(outcome.error());
  reactor_.stop();
}

// While there are clients.
void Serving::tick() {
  ticking_ = !clients_.empty();
  if (!ticking_) return;
  show_progress();
  reactor_.after(kProgressEvery, [this] { tick(); });
}

void Serving::show_progress() {
  std::uint64_t sent = 0, total = 0;
  for (Client* client : clients_) {
    sent += client->sent();
    total += client->total();
    if (client->sent() == std::exchange(client->shown, client->sent())) continue;
    out_.event({{"event", "progress"},
                {"peer", client->peer},
                {"sent", client->sent()},
                {"total", client->total()}});
  }
  if (sent > 0 && !out_.json()) bar_.show(sent, total);
}

}  // namespace updraft::cli
