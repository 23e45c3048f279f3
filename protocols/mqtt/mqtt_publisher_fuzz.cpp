// A publisher beside a broker that says whatever it likes. Checks that it ends, and well only if
// all of the message went out.
//
// Input: byte 0: the QoS and whether it is retained. Then a LinkScript.
#include <vector>

#include "protocols/mqtt/mqtt_publisher.hpp"
#include "tests/fuzz/link_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::link;
  using fuzz::check;
  if (size == 0) return 0;
  const std::vector<std::byte> file(3000, std::byte{0xE9});
  MemorySource source(file);
  MqttPublisher publisher(source, {.login = {.client = "fuzz", .user = "me", .password = "secret"},
                                   .topic = "ota",
                                   .qos = static_cast<std::uint8_t>(data[0] % 3),
                                   .retained = (data[0] & 4) != 0});
  std::uint64_t said = 0;
  fuzz::LinkScript script(publisher, fuzz::input(data, size).subspan(1), Millis{240'000},
                          [&said](Bytes part) { said += part.size(); });
  script.run();
  check(publisher.sent() <= file.size() && publisher.sent() <= said, "it counts what it says");
  check(!publisher.outcome() || publisher.sent() == file.size(), "ok means all of it");
  return 0;
}
