// One device that a paired sender pushes to and that fetches from a web server, without TLS: both
// protocol machines, the engine under them, signed packages with their chunks. tools/footprint puts
// a KeySet, two images and three packages in their parts into its RAM, and records how much stack
// each took, and how large the machines are.
//
//   1.0.0 runs    1.1.0 is fetched as a plain image, by ranges; the power goes away, then the
//                 connection
//   1.1.0         nothing new; a sender brings the KeySet, then 1.2.0: cut off in both ways
//   1.2.0         1.3.0 is pushed whole
//   1.3.0         1.4.0 is fetched as a package with index and image beside it, cut off in both
//   ways 1.4.0         the server has nothing new, with a note of that and without
#include <string_view>

#include "protocols/native/native_device.hpp"
#include "protocols/pull/web_pull.hpp"
#include "tests/rv32/native_peer.hpp"
#include "tests/rv32/outside.hpp"
#include "tests/rv32/web_peer.hpp"

namespace updraft::rv32 {
namespace {

using link::NativeAsk;
using link::NativePush;
using link::PullWatcher;
using link::WebPull;

enum Input : std::size_t { kKeySet, kFirstImage, kPlainImage, kPackages };
// Of the package of that number: head, index, image.
Bytes part(std::size_t package, std::size_t number) {
  return input(kPackages + 3 * package + number);
}

// What the works on the task's stack work on: static, as on a device.
SignedChip device;
Board board(device);
std::array<std::byte, kSegment> wire;  // what comes and what goes
Result<> outcome;

void counting(MutableBytes out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i);
}

// Runs `work` as an update task would, and says how much stack it took.
void measure(const char* name, void (*work)()) {
  std::printf("number stack_%s %zu\n", name, run_on_task_stack(work, kLargeTaskStack));
}

// The native push.

std::optional<link::NativeShared> shared;
std::optional<link::NativeDevice> visit;
std::optional<NativePeer> sender;

void switch_on() {
  visit.reset();
  shared.reset();
  CHECK(device.power_on());
  shared.emplace(device.updater(), device.updater(), board, &counting);
  std::printf("boots %.*s\n", static_cast<int>(device.version().size()), device.version().data());
}

// One connection of a task; its outcome.
Result<> talk(const char* name, link::NativeTask& task, std::uint64_t cut_after = kNoCut) {
  visit.emplace(*shared);
  sender.emplace(task, cut_after);
  measure(name, [] { outcome = port_template::serve(*visit, *sender, wire); });
  const Result<> said = sender->host().outcome();
  if (!said) {
    const std::string_view why = updraft::name(said.error().code);
    std::printf("%s: %.*s\n", name, static_cast<int>(why.size()), why.data());
  }
  return said;
}

void keep(std::string_view version) {
  switch_on();
  CHECK(device.version() == version);
  NativeAsk facts("GET", "/device"), confirm("POST", "/confirm"), again("POST", "/confirm");
  CHECK(talk("native_facts", facts).has_value());
  CHECK(talk("native_confirm", confirm).has_value());
  CHECK(device.updater().pending() == false);
  CHECK(talk("native_confirm", again).error().code == Code::not_pending);
}

void take_key_set() {
  NativeAsk key_set("PUT", "/keyset", input(kKeySet));
  CHECK(talk("native_key_set", key_set).has_value());
  CHECK(device.signing().key_set_version() == 1);
  NativeAsk events("GET", "/events?after=1&wait=2");
  CHECK(talk("native_events", events).has_value());
}

NativePush push_of(std::size_t package) {
  return {{.head = part(package, 0), .index = part(package, 1), .transfer = part(package, 2)},
          true};
}

// Once by the connection, once by the power; what the device has is not sent again.
void push_with_cuts() {
  NativePush first = push_of(0);
  CHECK(talk("native_push_cut", first, 20'000).error().code == Code::aborted);
  CHECK(talk("native_push_cut", first, 10'000).error().code == Code::aborted);
  CHECK(first.data_bytes() > 24'000);
  switch_on();
  NativePush second = push_of(0);
  CHECK(talk("native_push_resumed", second).has_value());
  CHECK(second.is_applied() && visit->wish() == link::NativeWish::restart);
  CHECK(first.data_bytes() + second.data_bytes() <= part(0, 2).size() + 3 * kFlashSector);
}

void push_whole() {
  NativePush push = push_of(1);
  CHECK(talk("native_push", push).has_value());
  CHECK(push.is_applied() && push.data_bytes() == part(1, 2).size());
}

// Fetching.

class Note final : public link::WebMemory {
 public:
  std::size_t load(MutableBytes out) override {
    std::copy_n(note_.begin(), size_, out.begin());
    return size_;
  }
  void save(Bytes note) override {
    std::ranges::copy(note, note_.begin());
    size_ = note.size();
  }
  void forget() { size_ = 0; }

 private:
  std::array<std::byte, link::kWebNoteBytes> note_{};
  std::size_t size_ = 0;
};

class Rest final : public PullWatcher {
 public:
  void asked(Outcome what, const Result<>&, Millis) override { last = what; }
  std::optional<Outcome> last;
};

constexpr std::string_view kImageUrl = "https://updates.example/plain.bin",
                           kPackageUrl = "https://updates.example/app.suit";
Note note;
Rest rest;
std::array<WebFile, 4> files;
std::optional<WebPeer> server;
std::optional<WebPull> pull;
std::uint64_t cut_after;
std::size_t fetched;  // bytes of files that the server sent

// One connection.
void call() {
  clock_now = std::max(clock_now, *pull->deadline());
  if (!pull->turn(clock_now)) return;
  server.emplace(files, cut_after);
  pull->closed(port_template::serve(pull->link(), *server, wire), clock_now);
  fetched += server->body_bytes();
  cut_after = kNoCut;
}

void begin_to_fetch(std::string_view url, std::uint64_t cut) {
  rest.last.reset();
  cut_after = cut;
  pull.emplace(device.updater(),
               WebPull::Config{.url = url,
                               .scheme = kHttps,
                               .first_least = Millis{0},
                               .first_most = Millis{0},
                               .running = image_name(device.chip().app().image.digest)},
               &note, &rest, &counting);
  pull->start(clock_now);
}

// Until it comes to rest, over as many connections as it takes.
PullWatcher::Outcome fetch(const char* name, std::string_view url, std::uint64_t cut = kNoCut) {
  begin_to_fetch(url, cut);
  measure(name, [] {
    while (!rest.last || rest.last == PullWatcher::Outcome::cut) call();
  });
  return *rest.last;
}

// The power goes away `after` so many bytes; up to `again` of them come once more.
void fetch_with_cuts(const char* cut, const char* resumed, std::string_view url, Bytes image,
                     std::uint64_t after, std::size_t again) {
  fetched = 0;
  begin_to_fetch(url, after);
  measure(cut, call);
  CHECK(rest.last == PullWatcher::Outcome::cut);
  switch_on();  // what was in memory of it is gone
  CHECK(fetch(resumed, url, 12'000) == PullWatcher::Outcome::installed);
  CHECK(fetched >= image.size() && fetched <= image.size() + again);
}

void sizes() {
  number("sizeof_native_device", sizeof(link::NativeDevice));
  number("sizeof_native_shared", sizeof(link::NativeShared));
  number("sizeof_web_pull", sizeof(WebPull));
  number("sizeof_signed_updates", sizeof(SignedUpdates));
  number("sizeof_signing_room", sizeof(SigningRoom));
}

int live() {
  files = {{{"/plain.bin", input(kPlainImage)},
            {"/app.suit", part(2, 0)},
            {"/app.ix", part(2, 1)},
            {"/app.bin", part(2, 2)}}};
  device.chip().policy().allow_unsigned(kHttps);
  device.chip().provision(input(kFirstImage));
  switch_on();
  // The ledger notes blocks of 64 KiB, so of an image in its second one the first is kept.
  fetch_with_cuts("fetch_image_cut", "fetch_image", kImageUrl, input(kPlainImage), 80'000,
                  kFlashSector + 80'000 - kFlashBlock);
  keep("1.1.0");
  CHECK(fetch("fetch_nothing_new", kImageUrl) == PullWatcher::Outcome::unchanged);
  take_key_set();
  push_with_cuts();
  keep("1.2.0");
  push_whole();
  keep("1.3.0");
  fetch_with_cuts("fetch_package_cut", "fetch_package", kPackageUrl, part(2, 2), 20'000,
                  3 * kFlashSector);
  keep("1.4.0");
  CHECK(fetch("fetch_nothing_new", kPackageUrl) == PullWatcher::Outcome::unchanged);
  note.forget();
  CHECK(fetch("fetch_package_that_runs", kPackageUrl) == PullWatcher::Outcome::current);
  sizes();
  return 0;
}

}  // namespace
}  // namespace updraft::rv32

int main() { return updraft::rv32::live(); }
