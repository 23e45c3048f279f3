#include "virtual_device/update_port.hpp"

#include <stdexcept>

#include "protocols/raw/raw_receiver.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::device {
namespace {

constexpr int kChipWindow = 5744;  // lwIP's default receive window

// A machine that takes updates, on one connection.
template <class Machine>
class Receiver final : public ports::Connection {
 public:
  Receiver(Intake& intake, Scheme scheme, const typename Machine::Config& config,
           const UpdatePort::Closed& on_closed)
      : intake_(intake), scheme_(scheme), machine_(intake, config), on_closed_(on_closed) {}
  link::Link& link() override { return machine_; }
  void closed(const Result<>& outcome) override {
    const bool reached = outcome || outcome.error().code != Code::unreachable;
    if (!reached) intake_.never_began(scheme_, outcome.error());  // and the machine heard nothing
    on_closed_(outcome);
  }

 private:
  Intake& intake_;
  Scheme scheme_;
  Machine machine_;
  const UpdatePort::Closed& on_closed_;
};

}  // namespace

UpdatePort::UpdatePort(Scheme scheme, ports::Reactor& reactor, Intake& intake,
                       std::uint32_t slot_bytes, const Options& options, Closed closed)
    : scheme_(scheme),
      reactor_(reactor),
      intake_(intake),
      slot_bytes_(slot_bytes),
      options_(options),
      closed_(std::move(closed)) {
  if (scheme == kRaw && options.cipher) decryptor_.emplace(*options.cipher);
}

Result<std::uint16_t> UpdatePort::listen(std::uint16_t port) {
  return reactor_.listen(options_.listen, port, [this] { return make_connection(); },
                         {.receive_buffer = options_.realtime ? kChipWindow : 0});
}

void UpdatePort::connect(const std::string& host, std::uint16_t port) {
  reactor_.connect(host, port, make_connection());
}

std::unique_ptr<ports::Connection> UpdatePort::make_connection() {
  using link::RawReceiver, link::ReqClient;
  if (scheme_ == kRaw) {
    return std::make_unique<Receiver<RawReceiver>>(
        intake_, scheme_,
        RawReceiver::Config{.slot_size = slot_bytes_,
                            .decryptor = decryptor_ ? &*decryptor_ : nullptr},
        closed_);
  }
  if (scheme_ == kReq) {
    return std::make_unique<Receiver<ReqClient>>(
        intake_, scheme_, ReqClient::Config{.slot_size = slot_bytes_}, closed_);
  }
  throw std::logic_error("no machine speaks " + std::string(name(scheme_)));
}

}  // namespace updraft::device
