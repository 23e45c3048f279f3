#include "virtual_device/http_door.hpp"

#include <algorithm>

#include "virtual_device/tls_identity.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kKeptTlsPort = "tls_port";

std::string without_port(const std::string& name) { return name.substr(0, name.find(':')); }

// Only characters of a host name: the text goes into a certificate and is compared with headers.
std::string is_host_name(const std::string& name) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  const std::string host = without_port(name);
  const std::string port = name.substr(host.size());
  const bool is_port = port.empty() || (port.size() > 1 && port.size() <= 6 && port[1] != '0' &&
                                        port.find_first_not_of("0123456789", 1) == port.npos);
  const bool good = !host.empty() && host.find_first_not_of(kLetters) == host.npos && is_port;
  return good ? "" : "want a name like kitchen.local, or one with a port: kitchen.local:8080";
}

std::string is_base_path(const std::string& path) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/";
  const bool good = path.starts_with('/') && !path.ends_with('/') && !path.starts_with("//") &&
                    path.find_first_not_of(kLetters) == path.npos;
  return good ? "" : "want a path like /kitchen";
}

std::string pages(const Listening& listening) {
  const std::string s = listening.fingerprint ? "s" : "";
  const std::string at = "://" + host_of_url(listening) + ":" + std::to_string(listening.port);
  return "http" + s + at + "/ota (the update page) and ws" + s + at + "/ota/ws";
}

Trust policy_of(Scheme scheme, const Policy& policy, bool login) {
  if (!login) return best_unproven_trust(policy, scheme);
  const Offer offer{.scheme = scheme, .sender_proved = true};
  return judge_files(policy, offer).value_or(Trust::signed_image);
}

class HttpPorts final : public OpenDoor {
 public:
  HttpPorts(const DoorContext& context, const std::vector<std::string>& names,
            const std::string& base, std::string_view password)
      : context_(context),
        password_(password),
        server_(context, names, base,
                {.fill = fill(),
                 .wish = [this](link::WsWish wish) { on_wish(wish); },
                 .password = password}) {}

  void open(std::uint16_t wanted, const KeptNumbers& kept) {
    http_ = open(wanted, kept, kKeptPort, nullptr);
  }
  void open_tls(std::uint16_t wanted, const KeptNumbers& kept,
                const linux_port::TlsIdentity& identity) {
    fingerprint_ = linux_port::fingerprint(identity.certificate);
    tls_.emplace(identity);
    https_ = open(wanted, kept, kKeptTlsPort, &*tls_);
  }

  HttpDoor::Ports ports() { return {server_, fingerprint_}; }

  void keep(KeptNumbers& kept) override {
    if (http_) kept[std::string(kKeptPort)] = *http_;
    if (https_) kept[std::string(kKeptTlsPort)] = *https_;
  }
  void go_away(std::function<void()> done) override { server_.go_away(std::move(done)); }

 private:
  std::uint16_t open(std::uint16_t wanted, const KeptNumbers& kept, std::string_view kept_as,
                     const linux_port::TlsContext* tls) {
    Listening listening = listening_by(kWs, context_);
    listening.policy = policy();
    if (tls != nullptr) listening.fingerprint = fingerprint_;
    listening.port = server_.listen(wanted, kept, kept_as, tls);
    listening.shown = pages(listening);
    context_.events.on_listening(listening);
    return listening.port;
  }

  std::function<void(Status&)> fill() const {
    return [this, known = context_.status()](Status& status) {
      known(status);
      status.policy = policy();
      status.login = !password_.empty();
    };
  }
  Trust policy() const { return policy_of(kWs, context_.policy, !password_.empty()); }

  void on_wish(link::WsWish wish) {
    const bool updated = context_.updater.state() == UpdateState::installed;
    if (wish == link::WsWish::roll_back) return context_.restart(ResetReason::rollback);
    context_.restart(updated ? ResetReason::update : ResetReason::remote);
  }

  const DoorContext& context_;
  std::string_view password_;  // empty: no login
  HttpServer server_;
  std::optional<linux_port::TlsContext> tls_;
  std::optional<crypto::Sha256Digest> fingerprint_;
  std::optional<std::uint16_t> http_, https_;
};

}  // namespace

void HttpDoor::add_options(CLI::App& command) {
  command.add_option("--http", http_, "the page, ws:// and POST /ota; 0: any free port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
  command.add_option("--https", https_, "the same with TLS; 0: any free port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
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
                  "a name by which browsers reach the page, such as kitchen.local, or "
                  "kitchen.local:8080 for that port alone")
      ->type_name("NAME[:PORT]")
      ->check(is_host_name);
  command
      .add_option("--base-path", base_,
                  "the path under which a proxy shows the device, such as /kitchen")
      ->type_name("/PATH")
      ->check(is_base_path);
  command.add_flag("--login", login_,
                   "the page and every update by HTTP ask for the password, and let in who knows "
                   "it");
  password_.add_options(command, "the page");
}

void HttpDoor::check() {
  if (login_) secret_ = cli::read_password(password_.given(), cli::Ask::no, "--login");
}

std::string HttpDoor::why_unused(const std::string& option) const {
  const bool unused = option.starts_with("--password") && !login_;
  return unused ? "--login has the page ask for it" : "";
}

std::unique_ptr<OpenDoor> HttpDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  const std::string own = context.name + ".local";
  if (std::ranges::find(names_, own) == names_.end()) names_.push_back(own);
  auto ports = std::make_unique<HttpPorts>(context, names_, base_, secret_);
  if (http_) ports->open(*http_, kept);
  if (https_) {
    std::vector<std::string> hosts;
    hosts.reserve(names_.size());
    for (const std::string& name : names_) hosts.push_back(without_port(name));
    ports->open_tls(*https_, kept, tls_identity({certificate_, key_, hosts}, context.options));
  }
  ports_.emplace(ports->ports());
  return ports;
}

Trust HttpDoor::policy(Scheme scheme, const DoorContext& context) const {
  return policy_of(scheme, context.policy, !secret_.empty());
}

}  // namespace updraft::device
