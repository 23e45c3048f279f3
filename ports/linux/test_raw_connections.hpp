// Raw TCP on real sockets, for tests: the device's end with a FakeIntake and the host's end with an
// image in memory, as Connections that remember how they ended.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/reactor.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/raw/raw_sender.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::linux_port {

namespace samples = link::samples;

// Outcomes in the order in which connections ended: "ok" or a code's name.
struct Endings {
  std::vector<std::string> all;
  std::function<void()> on_each = [] {};
  void add(const Result<>& outcome) {
    all.emplace_back(outcome ? "ok" : name(outcome.error().code));
    on_each();
  }
};

class RawHost final : public Connection {
 public:
  RawHost(Bytes image, samples::Sealing sealing, Endings& endings)
      : cipher_(samples::cipher(sealing)),
        source_(image),
        sender_(source_, cipher_ ? &*cipher_ : nullptr),
        endings_(endings) {}
  link::Link& link() override { return sender_; }
  void closed(const Result<>& outcome) override { endings_.add(outcome); }

 private:
  std::optional<link::LinkCipher> cipher_;
  link::MemorySource source_;
  link::RawSender sender_;
  Endings& endings_;
};

// What all connections to one device share.
struct Device {
  explicit Device(samples::Sealing sealing = samples::Sealing::plain) {
    if (const auto cipher = samples::cipher(sealing)) decryptor.emplace(*cipher);
  }
  std::unique_ptr<Connection> connection();
  ConnectionMaker maker() {
    return [this] { return connection(); };
  }

  fakes::FakeIntake intake;
  std::optional<link::LinkDecryptor> decryptor;
  std::uint64_t slot_size = 8 << 20;
  Endings endings;
};

class RawDevice final : public Connection {
 public:
  explicit RawDevice(Device& device)
      : receiver_(device.intake, {.slot_size = device.slot_size,
                                  .decryptor = device.decryptor ? &*device.decryptor : nullptr}),
        endings_(device.endings) {}
  link::Link& link() override { return receiver_; }
  void closed(const Result<>& outcome) override { endings_.add(outcome); }

 private:
  link::RawReceiver receiver_;
  Endings& endings_;
};

inline std::unique_ptr<Connection> Device::connection() {
  return std::make_unique<RawDevice>(*this);
}

}  // namespace updraft::linux_port
