#include "virtual_device/native_door.hpp"

#include <system_error>

#include "engine/format/chip.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/native/native_device.hpp"
#include "protocols/native/refused_link.hpp"
#include "virtual_device/native_board.hpp"

namespace updraft::device {
namespace {

class OpenNative final : public OpenDoor {
 public:
  OpenNative(const DoorContext& context, std::uint16_t wanted, const KeptNumbers& kept);
  void keep(KeptNumbers& kept) override { port_.keep(kept); }
  bool on_console(std::string_view line) override;
  bool paired() const override { return board_.pairing().used(); }

 private:
  class Visit;
  void show_pairing();
  void renew_pairing();
  void make_context();
  void over(const link::NativeDevice& device, bool greeted, const Result<>& outcome);

  const DoorContext& context_;
  NativeBoard board_;
  link::NativeShared shared_;
  // Connections of before a new pairing keep the old one.
  std::shared_ptr<linux_port::TlsContext> tls_;
  TcpPort port_;
};

class OpenNative::Visit final : public linux_port::Connection {
 public:
  explicit Visit(OpenNative& owner) : owner_(owner), context_(owner.tls_), device_(owner.shared_) {}
  link::Link& link() override { return refused_; }
  void closed(const Result<>& outcome) override { owner_.over(device_, tls_.greeted(), outcome); }

 private:
  OpenNative& owner_;
  std::shared_ptr<linux_port::TlsContext> context_;
  link::NativeDevice device_;
  linux_port::TlsLink tls_{*context_, device_};
  link::RefusedLink refused_{tls_};
};

OpenNative::OpenNative(const DoorContext& context, std::uint16_t wanted, const KeptNumbers& kept)
    : context_(context),
      board_(context),
      shared_(context.intake, context.steering, board_),
      port_(context, listening_by(kNative, context), wanted, kept,
            [this] { return std::make_unique<Visit>(*this); }, {.places = 1}) {
  make_context();
  if (!board_.pairing().used()) show_pairing();
}

void OpenNative::make_context() {
  const link::Pairing& pairing = board_.pairing().pairing();
  std::array<char, link::kIdentityBytes> room;
  tls_ = std::make_shared<linux_port::TlsContext>(
      linux_port::TlsKey{std::string(link::native_identity(pairing.id.view(), room)),
                         link::native_key(pairing)},
      linux_port::TlsSide::server);
}

void OpenNative::show_pairing() {
  context_.events.on_pairing(context_.id, board_.pairing().line());
}

void OpenNative::renew_pairing() {
  try {
    board_.pairing().renew();
  } catch (const std::system_error&) {
    return context_.events.on_warning("the new pairing cannot be stored; the old one holds");
  }
  make_context();
  show_pairing();
}

bool OpenNative::on_console(std::string_view line) {
  if (line != "unpair") return false;
  renew_pairing();
  return true;
}

void OpenNative::over(const link::NativeDevice& device, bool greeted, const Result<>& outcome) {
  if (!greeted) {
    board_.count_refused();
    context_.stranger();
  } else if (!board_.pairing().used()) {
    try {
      board_.pairing().use();
    } catch (const std::system_error&) {
      context_.events.on_warning("that it is paired cannot be stored; it shows the line again");
    }
  }
  context_.reactor.after(link::kNativeHoldMs,
                         [this] { shared_.session.on_time(context_.reactor.now()); });
  if (device.unpairs()) renew_pairing();
  if (device.wish() == link::NativeWish::restart) context_.restart(ResetReason::update);
  if (device.wish() == link::NativeWish::roll_back) context_.restart(ResetReason::rollback);
  context_.ended(outcome);
}

}  // namespace

void NativeDoor::add_options(CLI::App& command) {
  command.add_option("--native", port_, "our own push, TLS with a pairing's key; 0: any port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
}

std::unique_ptr<OpenDoor> NativeDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  return std::make_unique<OpenNative>(context, *port_, kept);
}

}  // namespace updraft::device
