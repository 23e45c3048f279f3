#include "device/raw_port.hpp"

#include "updraft/link/raw_receiver.hpp"

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
  Result<> finish() override { return next_.finish(); }
  void abort(const Error& why) override { next_.abort(why); }
  bool told() const { return told_; }

 private:
  Intake& next_;
  bool told_ = false;
};

class RawConnection final : public ports::Connection {
 public:
  RawConnection(Intake& intake, const link::RawReceiver::Config& config,
                const RawPort::Closed& on_closed)
      : intake_(intake), receiver_(intake_, config), on_closed_(on_closed) {}
  link::Link& link() override { return receiver_; }
  void closed(const Result<>& outcome) override { on_closed_(outcome, intake_.told()); }

 private:
  NotingIntake intake_;
  link::RawReceiver receiver_;
  const RawPort::Closed& on_closed_;
};

}  // namespace

RawPort::RawPort(ports::Reactor& reactor, Intake& intake, std::uint32_t slot_bytes,
                 const Options& options, Closed closed)
    : reactor_(reactor),
      intake_(intake),
      slot_bytes_(slot_bytes),
      options_(options),
      closed_(std::move(closed)) {
  if (options.cipher) decryptor_.emplace(*options.cipher);
}

Result<std::uint16_t> RawPort::listen(std::uint16_t port) {
  return reactor_.listen(options_.listen, port, [this] { return make_connection(); },
                         {.receive_buffer = options_.realtime ? kChipWindow : 0});
}

void RawPort::pull() {
  reactor_.connect(*options_.pull_host, options_.pull_port, make_connection());
}

std::unique_ptr<ports::Connection> RawPort::make_connection() {
  const link::RawReceiver::Config config{.slot_size = slot_bytes_,
                                         .decryptor = decryptor_ ? &*decryptor_ : nullptr};
  return std::make_unique<RawConnection>(intake_, config, closed_);
}

}  // namespace updraft::device
