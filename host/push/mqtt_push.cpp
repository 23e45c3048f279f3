#include "host/push/mqtt_push.hpp"

#include "engine/crypto/random.hpp"
#include "host/push/push_loop.hpp"
#include "protocols/link/sealing_source.hpp"
#include "protocols/mqtt/mqtt_publisher.hpp"

namespace updraft::host {
Ended MqttPush::push(const PushTo& to, Payload& payload) {
  const std::string topic = to.url.path.substr(1);
  const link::MqttClientId client = link::make_mqtt_client_id(crypto::random_bytes);
  const link::MqttLogin login{.client = client.view(), .user = user, .password = password};
  Ended refused;
  refused.outcome = fail(Code::not_wanted, Where::link);
  if (!link::is_mqtt_topic(topic) || !link::check(login)) return refused;
  std::optional<link::SealingSource> sealing;
  link::Source& source =
      cipher ? static_cast<link::Source&>(sealing.emplace(payload, *cipher)) : payload;
  std::optional<linux_port::TlsContext> tls;
  if (to.url.tls) tls.emplace(to.url.host, trust);
  std::optional<link::MqttPublisher> publisher;
  std::optional<linux_port::TlsLink> encrypted;
  Ended ended = push_by(
      [&] {
        encrypted.reset();
        publisher.emplace(source, link::MqttPublisher::Config{.login = login,
                                                              .topic = topic,
                                                              .qos = static_cast<std::uint8_t>(qos),
                                                              .retained = retained});
        link::Link& machine =
            tls ? static_cast<link::Link&>(encrypted.emplace(*tls, *publisher)) : *publisher;
        return Sending{machine,
                       [&publisher] { return Progress{publisher->sent(), publisher->total()}; }};
      },
      to);
  if (encrypted) ended.certificate = encrypted->peer();
  return ended;
}

}  // namespace updraft::host
