#include "virtual_device/http_door.hpp"

#include "virtual_device/http_server.hpp"
#include "virtual_device/tls_identity.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kPort = "port", kTlsPort = "tls_port";

// Only characters of a host name: the text goes into a certificate and is compared with headers.
std::string is_host_name(const std::string& name) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  const bool good = !name.empty() && name.find_first_not_of(kLetters) == name.npos;
  return good ? "" : "want a name like kitchen.local";
}

std::string pages(const Listening& listening) {
  const std::string s = listening.fingerprint ? "s" : "";
  const std::string at = "://" + host_of_url(listening) + ":" + std::to_string(listening.port);
  return "http" + s + at + "/ota (the update page) and ws" + s + at + "/ota/ws";
}

class HttpPorts final : public OpenDoor {
 public:
  HttpPorts(const DoorContext& context, const std::vector<std::string>& names)
      : context_(context),
        server_(context, names,
                {.fill = fill(), .wish = [this](link::WsWish wish) { on_wish(wish); }}) {}

  void open(std::uint16_t wanted, const KeptNumbers& kept) {
    http_ = open(wanted, kept, kPort, nullptr);
  }
  void open_tls(std::uint16_t wanted, const KeptNumbers& kept,
                const linux_port::TlsIdentity& identity) {
    fingerprint_ = linux_port::fingerprint(identity.certificate);
    tls_.emplace(identity);
    https_ = open(wanted, kept, kTlsPort, &*tls_);
  }

  void keep(KeptNumbers& kept) override {
    if (http_) kept[std::string(kPort)] = *http_;
    if (https_) kept[std::string(kTlsPort)] = *https_;
  }
  void go_away(std::function<void()> done) override { server_.go_away(std::move(done)); }

 private:
  std::uint16_t open(std::uint16_t wanted, const KeptNumbers& kept, std::string_view kept_as,
                     const linux_port::TlsContext* tls) {
    Listening listening = listening_by(kWs, context_.options);
    if (tls != nullptr) listening.fingerprint = fingerprint_;
    listening.port = server_.listen(wanted, kept, kept_as, tls);
    listening.shown = pages(listening);
    context_.events.on_listening(listening);
    return listening.port;
  }

  std::function<void(Status&)> fill() const {
    return [this, known = context_.status()](Status& status) {
      known(status);
      status.policy = best_unproven_trust(context_.options.policy, kWs);
    };
  }

  void on_wish(link::WsWish wish) {
    const bool updated = context_.updater.state() == UpdateState::installed;
    if (wish == link::WsWish::roll_back) return context_.restart(ResetReason::rollback);
    context_.restart(updated ? ResetReason::update : ResetReason::remote);
  }

  const DoorContext& context_;
  HttpServer server_;
  std::optional<linux_port::TlsContext> tls_;
  std::optional<crypto::Sha256Digest> fingerprint_;
  std::optional<std::uint16_t> http_, https_;
};

}  // namespace

void HttpDoor::add_options(CLI::App& command) {
  command.add_option("--http", http_,
                     "the update page and ws:// updates on this port; 0: any free one");
  command.add_option("--https", https_, "the same with TLS; 0: any free one");
  CLI::Option* const certificate =
      command
          .add_option("--tls-cert", certificate_,
                      "its certificate (PEM); default: one that the device makes and keeps")
          ->check(CLI::ExistingFile);
  CLI::Option* const key =
      command.add_option("--tls-key", key_, "the certificate's key")->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
  command
      .add_option("--host-name", names_,
                  "a name by which browsers reach the page, such as kitchen.local")
      ->type_name("NAME")
      ->check(is_host_name);
}

std::unique_ptr<OpenDoor> HttpDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  auto ports = std::make_unique<HttpPorts>(context, names_);
  if (http_) ports->open(*http_, kept);
  if (https_) {
    ports->open_tls(*https_, kept, tls_identity({certificate_, key_, names_}, context.options));
  }
  return ports;
}

}  // namespace updraft::device
