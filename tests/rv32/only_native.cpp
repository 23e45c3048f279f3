// The native push alone, with what it stands on: the engine, signed packages, a journal. Linked for
// its size only; TLS, sockets and what keeps the pairing are the port's.
#include "protocols/native/native_device.hpp"
#include "tests/rv32/only_signed.hpp"

namespace updraft::rv32 {
namespace {

class SilentBoard final : public link::NativeBoard {
 public:
  void describe(link::NativeFacts&) override {}
  link::NativeInstalled installed() override { return {}; }
  Text<16> other_slot() override { return {}; }
  Result<> arm(std::uint64_t) override { return fail(Code::not_wanted, Where::device); }
  std::uint64_t newest_event() override { return 0; }
  std::string_view event(std::uint64_t) override { return {}; }
};

SilentBoard board;
link::NativeShared shared(updater, updater, board, &nothing_random);
link::NativeDevice receiver(shared);

void serve() {
  start();
  SilentStream stream;
  (void)port_template::serve(receiver, stream, rx);
}

}  // namespace
}  // namespace updraft::rv32

int main() {
  updraft::rv32::serve();
  return updraft::rv32::updater.pending() ? 1 : 0;
}
