// How the rig's device is sent an update, over each protocol: the real machines of both ends, or of
// the device alone if the other end keeps no state.
#include <charconv>

#include "engine/crypto/md5.hpp"
#include "engine/update/test_send.hpp"
#include "host/signing/package_parts.hpp"
#include "protocols/arduino/arduino_device.hpp"
#include "protocols/arduino/arduino_inviter.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "protocols/arduino/arduino_upload.hpp"
#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_host.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "protocols/elegant/elegant_device.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/form/form_device.hpp"
#include "protocols/http/http_device.hpp"
#include "protocols/link/test_form.hpp"
#include "protocols/mqtt/mqtt_device.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"
#include "protocols/native/native_device.hpp"
#include "protocols/native/native_host.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "protocols/sd/sd_device.hpp"
#include "protocols/uart/uart_device.hpp"
#include "protocols/ws/ws_device.hpp"
#include "tests/fakes/fake_card.hpp"
#include "tests/fakes/no_files.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kSegment = 1460;

// Deflating is the slow part of it: the same payload is packed once.
const samples::Bundle& packed(Bytes payload) {
  static Image of;
  static samples::Bundle bundle;
  if (std::ranges::equal(of, payload)) return bundle;
  of.assign(payload.begin(), payload.end());
  bundle = samples::bundle_of(
      {{"firmware.bin", {reinterpret_cast<const char*>(payload.data()), payload.size()}}});
  return bundle;
}

// The offset in the last otaGetChunk of what the device says; nullopt: it asks for nothing.
std::optional<std::size_t> chunk_asked_for(link::WsDevice& device) {
  std::optional<std::size_t> asked;
  while (const auto message = device.next_message()) {
    const std::string_view text(reinterpret_cast<const char*>(message->bytes.data()),
                                message->bytes.size());
    if (text.find("otaGetChunk") == std::string_view::npos) continue;
    const std::size_t digit = text.find_first_of("0123456789");
    std::from_chars(text.data() + digit, text.data() + text.size(), asked.emplace());
  }
  return asked;
}

// An engine behind a link that tells nobody how it went.
class Overheard final : public Intake {
 public:
  explicit Overheard(Intake& engine) : engine_(engine) {}
  Result<> welcome(const Offer& offer) override { return last_ = engine_.welcome(offer); }
  Result<> begin(const Offer& offer) override { return last_ = engine_.begin(offer); }
  Result<> write(Bytes bytes) override { return last_ = engine_.write(bytes); }
  Result<Taken> finish(PayloadEnd end) override {
    const Result<Taken> taken = engine_.finish(end);
    last_ = outcome_of(taken);
    done_ = taken.has_value();
    return taken;
  }
  void abort(const Error& why) override {
    last_ = why;
    engine_.abort(why);
  }
  void never_began(Scheme scheme, const Error& why) override {
    last_ = why;
    engine_.never_began(scheme, why);
  }
  std::string said() const { return last_ && !done_ ? "nothing" : word(last_); }

 private:
  Intake& engine_;
  Result<> last_;
  bool done_ = false;
};

}  // namespace

std::string Rig::fetch_web(Bytes payload, std::size_t most) {
  const link::FileServer files{std::string(as_text(payload))};
  bool cut = false;
  link::WebPullBench bench(device_->updater(), [&](const link::Asked& asked) -> link::Said {
    link::Said said = files.answer(asked);
    cut = said.bytes.size() > most;
    if (cut) return {said.bytes.substr(0, most), link::Said::reset};
    most -= said.bytes.size();
    return said;
  });
  bench.pull.start(bench.now);
  bench.once();
  bench.up = false;
  if (cut) bench.run(2 * link::kPullHoldMs);
  return word(bench.log.last);
}

std::string Rig::uart(Bytes payload, std::size_t most) {
  Overheard engine(device_->updater());
  link::UartDevice device(engine, {.slot_size = device_->update_payload_bytes()});
  for (Bytes rest = at_most(payload, most); !rest.empty();) {
    const Bytes piece = at_most(rest, link::kUartPiece);
    device.on_bytes(piece, Instant{});
    rest = rest.subspan(piece.size());
  }
  Instant now{};
  device.on_waiting(now);
  while (device.deadline()) {
    now = *device.deadline();
    device.on_deadline(now);
    device.on_waiting(now);
  }
  return engine.said();
}

std::string Rig::mqtt(Bytes payload, std::size_t most) {
  using namespace link::samples;
  Overheard engine(device_->updater());
  link::MqttDevice device(
      engine,
      {.login = {.client = "rig"}, .topic = "ota", .slot_size = device_->update_payload_bytes()});
  const Wire session = connack() + suback() + publish(payload, {.qos = 1, .retained = true});
  device.on_connected(Instant{});
  for (Bytes rest = at_most(session, most); !rest.empty();) {
    const Bytes segment = at_most(rest, kSegment);
    device.on_bytes(segment, Instant{});
    rest = rest.subspan(segment.size());
  }
  device.on_waiting(Instant{});
  if (most >= session.size()) device.on_deadline(Instant{link::kMqttSilenceMs});
  device.on_lost(Instant{});
  return engine.said();
}

std::string Rig::card(Bytes payload, std::size_t most) {
  Overheard engine(device_->updater());
  fakes::FakeCard card;
  card.put("app.bin", payload);
  card.reads_until_pulled = most;
  link::SdDevice device(engine, card, {.slot_size = device_->update_payload_bytes()});
  for (int looks = 0; looks < 3;) {
    const link::SdDevice::Next next = device.step();
    if (next == link::SdDevice::Next::restart) break;
    if (next == link::SdDevice::Next::later) ++looks;
  }
  return engine.said();
}

std::string Rig::send_ws(Bytes payload) {
  link::WsDevice ws(device_->updater(), device_->updater());
  const auto say = [&ws](link::WsOpcode opcode, Bytes message) {
    ws.on_frame({.opcode = opcode, .length = message.size()}, Instant{});
    ws.on_payload(message, Instant{});
  };
  ws.on_open(Instant{});
  (void)chunk_asked_for(ws);
  const std::string size = R"({"name":"otaSize","value":)" + std::to_string(payload.size()) + "}";
  say(link::WsOpcode::text, as_bytes(size));
  while (const auto at = chunk_asked_for(ws)) {
    say(link::WsOpcode::binary, at_most(payload.subspan(*at), link::kWsChunk));
  }
  return word(ws.outcome());
}

std::string Rig::bundle(Bytes payload, std::size_t most) {
  const samples::Bundle& bundle = packed(payload);
  static std::vector<std::byte> memory(link::kBundleMetaBytes);
  std::array<std::byte, kSegment> segment;
  fakes::NoFiles files;
  BundleInstaller installer{device_->updater(), files, device_->policy()};
  link::ReservedBundleShared shared(memory);
  link::BundleDevice device(installer, shared, {.password = "hunter2"});
  link::MemorySource stream(bundle.stream);
  link::BundleHost host("hunter2", as_bytes(bundle.metadata), stream);
  device.on_connected(Instant{});
  for (std::size_t size = 1; size > 0;) {
    size = device.write_to(segment);
    host.on_bytes(Bytes(segment).first(size), Instant{});
    const std::size_t back = std::min(host.write_to(segment), most);
    most -= back;
    device.on_bytes(Bytes(segment).first(back), Instant{});
    size += back;
  }
  device.on_lost(Instant{});
  return word(host.outcome());
}

namespace {

const std::string kFormType = "multipart/form-data; boundary=----cut";

// A form's body to a machine, over a connection that is lost after `most` bytes of it.
std::string upload(link::HttpMachine& machine, std::string_view path, std::string_view form,
                   std::size_t most) {
  machine.on_request(
      {.method = "POST", .target = path, .type = kFormType, .length = form.size(), .from = 7},
      Instant{});
  for (Bytes rest = at_most(as_bytes(form), most); !rest.empty() && !machine.answer();) {
    const Bytes part = at_most(rest, kSegment);
    rest = rest.subspan(part.size());
    machine.on_body(part, Instant{});
  }
  if (!machine.answer() && most < form.size()) machine.on_cut({Code::aborted, Where::link});
  if (!machine.answer()) machine.on_end(Instant{});
  return machine.answer()->status == 200 ? "ok" : std::string(machine.answer()->body);
}

}  // namespace

std::string Rig::post(Bytes payload, std::size_t most) {
  const std::string form = link::form_of("----cut", as_text(payload));
  wire_bytes_ = form.size();
  link::HttpDevice device(device_->updater(),
                          {.scheme = kHttp, .most = device_->update_payload_bytes()});
  return upload(device, "/ota", form, most);
}

std::string Rig::send_form(Bytes payload) {
  link::FormDevice device(device_->updater(), device_->updater(),
                          {.most = device_->update_payload_bytes()});
  return upload(device, "/upload", link::form_of("----cut", as_text(payload)), SIZE_MAX);
}

std::string Rig::send_elegant(Bytes payload) {
  link::ElegantStarts starts;
  starts.begin(7, {.file = crypto::md5(payload)}, Instant{});
  link::ElegantDevice device(device_->updater(), starts, {.most = device_->update_payload_bytes()});
  return upload(device, "/ota/upload", link::form_of("----cut", as_text(payload)), SIZE_MAX);
}

std::string Rig::send_arduino(Bytes payload) {
  const link::PeerAddress host = samples::arduino_peer(2, 1000),
                          at = samples::arduino_peer(1, 3232);
  crypto::Md5 hash;
  hash.update(payload);
  link::ArduinoDevice device(device_->updater(), {.password = "hunter2", .legacy = true});
  link::ArduinoInviter inviter(
      {.device = at,
       .invitation = {.port = 1, .size = payload.size(), .md5 = hash.finish()},
       .password = "hunter2"});
  inviter.on_deadline(Instant{});
  std::array<std::byte, link::kDatagramBytes> room;
  while (const auto said = inviter.write_to(room)) {
    device.on_datagram(host, Bytes(room).first(said->size), Instant{});
    while (const auto reply = device.write_to(room)) {
      inviter.on_datagram(at, Bytes(room).first(reply->size), Instant{});
    }
  }
  const auto call = device.call_back();
  if (!call) return word(inviter.outcome());
  link::MemorySource source(payload);
  link::ArduinoUpload upload(source);
  call->link->on_connected(Instant{});
  while (upload.phase() != link::Phase::closed) {
    const std::size_t sent = upload.write_to(MutableBytes(room).first(kSegment));
    if (sent > 0 && call->link->phase() != link::Phase::closed) {
      call->link->on_bytes(Bytes(room).first(sent), Instant{});
    }
    const std::size_t said = call->link->write_to(room);
    if (said > 0) upload.on_bytes(Bytes(room).first(said), Instant{});
    if (sent == 0 && said == 0) upload.on_lost(Instant{});
  }
  if (call->link->phase() != link::Phase::closed) call->link->on_lost(Instant{});
  const std::string how = word(call->link->outcome());
  device.on_called_back(call->link->outcome(), Instant{});
  return how;
}

std::string Rig::send_esphome(Bytes payload) {
  struct Plain final : link::EsphomePayload {
    explicit Plain(Bytes it) : bytes(it) {}
    Bytes plain() override { return bytes; }
    Bytes gzipped() override { return {}; }
    Bytes bytes;
  } content(payload);
  std::array<std::byte, kSegment> segment;
  link::LoginGuards guards;
  link::EsphomeDevice device(device_->updater(), guards, {.password = "hunter2"});
  link::EsphomeHost host(content, "hunter2");
  device.on_connected(Instant{});
  host.on_connected(Instant{});
  for (std::size_t size = 1; size > 0;) {
    size = host.write_to(segment);
    device.on_bytes(Bytes(segment).first(size), Instant{});
    const std::size_t back = device.write_to(segment);
    host.on_bytes(Bytes(segment).first(back), Instant{});
    size += back;
  }
  device.on_lost(Instant{});
  return word(device.outcome());
}

std::string Rig::native(Bytes package, std::size_t most) {
  class NoBoard final : public link::NativeBoard {
    void describe(link::NativeFacts&) override {}
    link::NativeInstalled installed() override { return {}; }
    Text<16> other_slot() override { return {}; }
    Result<> arm(std::uint64_t) override { return {}; }
    std::uint64_t newest_event() override { return 0; }
    std::string_view event(std::uint64_t) override { return {}; }
  } board;
  const host::PackageParts parts = host::parts_of(package, "");
  link::NativePush push({parts.head, parts.index, parts.transfer}, true);
  link::NativeShared shared(device_->updater(), device_->updater(), board);
  link::NativeDevice device(shared);
  link::NativeHost host(push);
  device.on_connected(Instant{});
  host.on_connected(Instant{});
  std::array<std::byte, kSegment> segment;
  wire_bytes_ = 0;
  while (host.phase() == link::Phase::open && wire_bytes_ < most) {
    const std::size_t size = std::min(host.write_to(segment), most - wire_bytes_);
    wire_bytes_ += size;
    if (size != 0) device.on_bytes(Bytes(segment).first(size), Instant{});
    bool answered = false;
    while (const std::size_t back = device.write_to(segment)) {
      answered = true;
      host.on_bytes(Bytes(segment).first(back), Instant{});
    }
    if (size == 0 && !answered) break;
  }
  device.on_lost(Instant{});
  shared.session.drop({Code::aborted, Where::link});
  if (host.phase() == link::Phase::open) host.on_lost(Instant{});
  native_data_ = push.data_bytes();
  return word(host.outcome());
}

}  // namespace updraft::powerloss
