#include "virtual_device/mqtt_door.hpp"

#include "cli/words/stop.hpp"
#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/link/backoff.hpp"
#include "protocols/mqtt/mqtt_device.hpp"

namespace updraft::device {
namespace {

constexpr Millis kTrialLookMs{250};  // from one look at the trial to the next

struct Broker {
  host::Url url;
  link::MqttClientId client;
  std::string user, password, topic;
};

class Subscription final : public OpenDoor {
 public:
  Subscription(const DoorContext& context, Broker broker, const linux_port::TlsTrust& trust,
               link::LinkDecryptor* decryptor)
      : context_(context), broker_(std::move(broker)), decryptor_(decryptor) {
    if (broker_.url.tls) tls_.emplace(broker_.url.host, trust);
    wait(Millis{0});
  }

 private:
  class Attempt final : public linux_port::Connection, private link::MqttDevice::Watcher {
   public:
    explicit Attempt(Subscription& owner)
        : owner_(owner),
          device_(owner.context_.intake, {.login = {.client = owner.broker_.client.view(),
                                                    .user = owner.broker_.user,
                                                    .password = owner.broker_.password},
                                          .topic = owner.broker_.topic,
                                          .slot_size = owner.context_.most_bytes,
                                          .decryptor = owner.decryptor_,
                                          .watcher = this}) {
      if (owner.tls_) encrypted_.emplace(*owner.tls_, device_);
    }
    link::Link& link() override {
      return encrypted_ ? static_cast<link::Link&>(*encrypted_) : device_;
    }
    void closed(const Result<>& outcome) override {
      owner_.ended(outcome, device_.was_subscribed());
    }

   private:
    void on_subscribed() override { owner_.subscribed(); }

    Subscription& owner_;
    link::MqttDevice device_;
    std::optional<linux_port::TlsLink> encrypted_;
  };

  void wait(Millis time) {
    context_.reactor.after(time, [this] { connect(); });
  }
  void connect() {
    const bool waits =
        context_.steering.pending() || context_.updater.state() == UpdateState::installed;
    if (waits) return wait(kTrialLookMs);
    context_.reactor.connect(broker_.url.host, broker_.url.port, std::make_unique<Attempt>(*this));
  }
  void subscribed() {
    backoff_.reset();
    lost_ = false;
    if (std::exchange(told_, true)) return;
    Listening listening = listening_by(kMqtt, context_);
    listening.address = broker_.url.host;
    listening.port = broker_.url.port;
    listening.shown = broker_.url.text();
    context_.events.on_listening(listening);
  }
  // Of many tries the first is told of, until it works again.
  void ended(const Result<>& outcome, bool was_subscribed) {
    context_.ended(outcome);
    if (outcome) return;
    const bool again = was_subscribed && outcome.error().code == Code::busy;
    if (!again && !std::exchange(lost_, true)) {
      context_.events.on_warning(broker_.url.text() + ": " +
                                 std::string(sentence(outcome.error())) +
                                 " The device goes on trying.");
    }
    wait(backoff_.next());
  }

  const DoorContext& context_;
  Broker broker_;
  link::LinkDecryptor* decryptor_;
  std::optional<linux_port::TlsContext> tls_;
  link::Backoff backoff_;
  bool told_ = false, lost_ = false;
};

std::string topic_of(const host::Url& url) { return url.path.substr(1); }

}  // namespace

void MqttDoor::add_options(CLI::App& command) {
  command.add_option("--mqtt", broker_, "what is published there: mqtt[s]://HOST[:PORT]/TOPIC")
      ->type_name("URL");
  command.add_option("--user", user_, "user name at the broker; with a password")
      ->type_name("NAME");
  command
      .add_option("--broker-fingerprint", fingerprint_,
                  "of mqtts: the SHA-256 of the broker's certificate; default: by its authority")
      ->type_name("SHA256");
  password_.add_options(command, "mqtt");
  cipher_.add_options(command, "mqtt");
}

std::string MqttDoor::why_unused(const std::string& option) const {
  const bool of_login = option == "--password" || option == "--password-file";
  return of_login && user_.empty() ? "--user asks for it" : "";
}

void MqttDoor::check() {
  url_ = host::parse_url(broker_);
  if (url_.scheme != kMqtt) throw cli::Stop(cli::kUsage, "--mqtt: want mqtt://HOST[:PORT]/TOPIC");
  if (!link::is_mqtt_topic(topic_of(url_))) {
    throw cli::Stop(cli::kUsage,
                    "--mqtt: want one topic of at most 128 characters, without + or #");
  }
  if (!user_.empty()) secret_ = cli::known_password(password_.given());
  const Result<> fits = link::check({.user = user_, .password = secret_});
  if (!fits) throw cli::Stop(cli::kUsage, "--user has at most 64 characters, its password 128");
  if (!fingerprint_.empty()) {
    if (!read_hex(fingerprint_, trust_.fingerprint.emplace())) {
      throw cli::Stop(cli::kUsage, "--broker-fingerprint: want 64 hex digits");
    }
    if (!url_.tls) throw cli::Stop(cli::kUsage, "--broker-fingerprint is for mqtts://");
  }
  if (const auto cipher = cipher_.read()) decryptor_.emplace(*cipher);
}

std::unique_ptr<OpenDoor> MqttDoor::open(const DoorContext& context, const KeptNumbers&) {
  return std::make_unique<Subscription>(
      context,
      Broker{.url = url_,
             .client = link::make_mqtt_client_id(crypto::random_bytes),
             .user = user_,
             .password = secret_,
             .topic = topic_of(url_)},
      trust_, decryptor_ ? &*decryptor_ : nullptr);
}

}  // namespace updraft::device
