#include "virtual_device/update_port.hpp"

#include <stdexcept>

#include "protocols/raw/raw_receiver.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::device {
namespace {

constexpr int kChipWindow = 5744;  // lwIP's default receive window

// Passes everything on and notes whether the engine took the session, and so will tell its end.
class NotingIntake final : public Intake {
 public:
  explicit NotingIntake(Intake& next) : next_(next) {}
  Result<> begin(const Offer& offer) override {
    const Result<> begun = next_.begin(offer);
    told_ = begun || begun.error().code != Code::busy;
    return begun;
  }
  Result<> write(Bytes bytes) override { return next_.write(bytes); }
  Result<std::uint64_t> resume_at(std::uint64_t at) override { return next_.resume_at(at); }
  Result<> finish(PayloadEnd end) override { return next_.finish(end); }
  void abort(const Error& why) override { next_.abort(why); }
  bool told() const { return told_; }

 private:
  Intake& next_;
  bool told_ = false;
};

// A machine that takes updates, on one connection.
template <class Machine>
class Receiver final : public ports::Connection {
 public:
  Receiver(Intake& intake, const typename Machine::Config& config,
           const UpdatePort::Closed& on_closed)
      : intake_(intake), machine_(intake_, config), on_closed_(on_closed) {}
  link::Link& link() override { return machine_; }
  void closed(const Result<>& outcome) override { on_closed_(outcome, intake_.told()); }

 private:
  NotingIntake intake_;
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
  if (scheme == Scheme::raw && options.cipher) decryptor_.emplace(*options.cipher);
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
  switch (scheme_) {
    case Scheme::raw:
      return std::make_unique<Receiver<RawReceiver>>(
          intake_,
          RawReceiver::Config{.slot_size = slot_bytes_,
                              .decryptor = decryptor_ ? &*decryptor_ : nullptr},
          closed_);
    case Scheme::req:
      return std::make_unique<Receiver<ReqClient>>(
          intake_, ReqClient::Config{.slot_size = slot_bytes_}, closed_);
    default:
      throw std::logic_error("no machine speaks " + std::string(name(scheme_)));
  }
}

}  // namespace updraft::device
