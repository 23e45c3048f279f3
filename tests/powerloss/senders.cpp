// How the rig's device is sent an update, over each protocol: the real machines of both ends, or of
// the device alone if the other end keeps no state.
#include <charconv>

#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_host.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "protocols/http/http_device.hpp"
#include "protocols/link/test_form.hpp"
#include "protocols/ws/ws_device.hpp"
#include "tests/fakes/no_files.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kSegment = 1460;

std::string word(const Result<>& outcome) {
  return outcome ? "ok" : std::string(name(outcome.error().code));
}

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
  link::BundleShared shared(memory);
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

std::string Rig::post(Bytes payload, std::size_t most) {
  const std::string form = link::form_of("----cut", as_text(payload));
  wire_bytes_ = form.size();
  link::HttpDevice device(device_->updater(),
                          {.scheme = kHttp, .most = device_->update_payload_bytes()});
  device.on_request({.method = "POST",
                     .target = "/ota",
                     .type = "multipart/form-data; boundary=----cut",
                     .length = form.size()},
                    Instant{});
  for (Bytes rest = at_most(as_bytes(form), most); !rest.empty() && !device.answer();) {
    const Bytes part = at_most(rest, kSegment);
    rest = rest.subspan(part.size());
    device.on_body(part, Instant{});
  }
  if (!device.answer() && most < form.size()) device.on_cut({Code::aborted, Where::link});
  if (!device.answer()) device.on_end(Instant{});
  return device.answer()->status == 200 ? "ok" : std::string(device.answer()->body);
}

}  // namespace updraft::powerloss
