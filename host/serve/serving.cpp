#include "host/serve/serving.hpp"

#include <utility>

namespace updraft::host {
namespace {
constexpr std::size_t kServedAtOnce = 64;  // by each protocol
constexpr Millis kPatience{10'000};        // with a device that has asked for nothing yet
constexpr Millis kProgressEvery{250};
}  // namespace

class Serving::Client final : public linux_port::Connection {
 public:
  Client(Serving& serving, ServeMethod& method)
      : scheme_(method.protocol()),
        source_(serving.file_),
        serving_(serving),
        machine_(method.serve(source_)) {}
  link::Link& link() override { return machine_->link(); }
  void connected(const std::string& address) override {
    peer_ = address;
    serving_.began(*this);
  }
  void closed(const Result<>& outcome) override { serving_.ended(*this, outcome); }
  ServedClient state() const { return {scheme_, peer_, machine_->sent(), machine_->total()}; }

 private:
  const Scheme scheme_;
  std::string peer_;
  link::MemorySource source_;
  Serving& serving_;
  std::unique_ptr<Served> machine_;
};

Result<std::uint16_t> Serving::listen(const std::string& address, std::uint16_t port,
                                      ServeMethod& method) {
  return reactor_.listen(address, port,
                         [this, &method] { return std::make_unique<Client>(*this, method); },
                         {.places = kServedAtOnce, .patience = kPatience});
}

void Serving::began(Client& client) {
  clients_.push_back(&client);
  watcher_.began(client.state());
  if (!std::exchange(ticking_, true)) tick();
}

void Serving::ended(Client& client, const Result<>& outcome) {
  show_progress();
  std::erase(clients_, &client);
  watcher_.ended(client.state(), outcome);
}

// While there are clients.
void Serving::tick() {
  ticking_ = !clients_.empty();
  if (!ticking_) return;
  show_progress();
  reactor_.after(kProgressEvery, [this] { tick(); });
}

void Serving::show_progress() {
  std::vector<ServedClient> states;
  states.reserve(clients_.size());
  for (const Client* const client : clients_) states.push_back(client->state());
  watcher_.progress(states);
}

}  // namespace updraft::host
