// Packages of any content on a device that trusts KeySet 1 of the vectors: nothing of a chunk or a
// page that does not fit its digest comes to the slot, and what is chosen is what was signed.
//
// Input: byte 0 is how long the pieces are that it arrives in. Byte 1 chooses: 0 the rest is the
// package; 1 to 6 it is what happens to a good one (of one chunk; of one chunk without index; of
// three chunks; of three pages; of data alone; of an app and data), from byte 2 on: u24 where it is
// cut, modulo its size and one more, 0: nowhere; then changes of four bytes: u24 where, modulo its
// size, and u8 what is exclusive-ored.
#include <algorithm>
#include <array>

#include "engine/signing/signed_updates.hpp"
#include "engine/update/test_send.hpp"
#include "host/signing/package_maker.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::fuzz {
namespace {

using Buffer = std::vector<std::byte>;

constexpr std::uint32_t kSlotBytes = 288 * kFlashSector;
constexpr std::size_t kLeaf = 16;  // bytes that are kept of each
constexpr std::byte kBefore{0x5A}, kErased{0xFF};
constexpr std::size_t kVectorImage = 336;  // bytes, at the end of p01 and p04
constexpr const char* kGolden = UPDRAFT_SOURCE_DIR "/tests/golden/suit/";

// A good package, and all that it may bring to the slot: the image, and at the end what is parked
// of its index.
struct Sample {
  Buffer package, image, parked;
  bool checked = true;  // its chunks, on the way
  Buffer data = {};     // of the partition `web`
};

Sample of_vectors(const char* name, bool checked) {
  Buffer package = golden::bytes(name);
  return {package, Buffer(package.end() - kVectorImage, package.end()), {}, checked};
}

// Of the chunks behind the first two pages.
Buffer parked_leaves(Bytes image) {
  Buffer out;
  const std::size_t held = 2 * suit::kLeavesOnPage * suit::kChunkBytes;
  image = image.subspan(std::min(image.size(), held));
  for (; !image.empty(); image = image.subspan(std::min(image.size(), suit::kChunkBytes))) {
    const crypto::Sha256Digest leaf = crypto::sha256(at_most(image, suit::kChunkBytes));
    out.insert(out.end(), leaf.begin(), leaf.begin() + kLeaf);
  }
  return out;
}

Sample signed_here(std::size_t size, std::size_t data_size = 0) {
  static const host::SigningKey key =
      host::SigningKey::read(std::string(kGolden) + "release-1.pem", {});
  const host::Product product = host::read_product("updraft.example/demo/esp32c3/1");
  host::PackageSpec spec{.sequence = 43};
  Buffer image, data(data_size);
  for (std::size_t i = 0; i < data_size; ++i) data[i] = static_cast<std::byte>(i * 7);
  if (size != 0) {
    image = sim::make_image({.version = "2.0.0", .size = size, .app = {}});
    spec.components.push_back({host::app_component(), product, image, image});
  }
  if (data_size != 0) {
    spec.components.push_back({host::file_system_component("web"), product, data, data});
  }
  const Buffer blank = host::make_package(spec);
  return {.package = host::attach(blank, key.point(), key.sign(host::package_message(blank))),
          .image = image,
          .parked = parked_leaves(image),
          .data = data};
}

const std::array<Sample, 6>& samples() {
  static const std::array<Sample, 6> all = {
      of_vectors("suit/p01-integrated", true),
      of_vectors("suit/p04-plain", false),
      signed_here(3 * suit::kChunkBytes - 100),
      signed_here((2 * suit::kLeavesOnPage + 2) * suit::kChunkBytes),
      signed_here(0, 2 * suit::kChunkBytes + 5),
      signed_here(suit::kChunkBytes, suit::kChunkBytes + 1)};
  return all;
}

// Who receives data: every call in its order, and what is written.
class Receiver final : public PackageData {
 public:
  std::uint32_t room_for(std::string_view label) const override {
    return label == "web" ? 16 * kFlashSector : 0;
  }
  Result<> begin_data(bool, bool) override {
    check(!begun_, "data begins once");
    begun_ = true;
    return {};
  }
  Result<> expect_data(const DataComponent& component) override {
    check(begun_ && !expected_, "one component is expected");
    check(component.label == "web", "and it was offered");
    expected_ = true;
    return {};
  }
  Result<> open_data() override {
    check(expected_ && !open_ && !whole, "it is opened once");
    open_ = true;
    return {};
  }
  Result<> write_data(Bytes bytes) override {
    check(open_, "nothing is written before");
    written.insert(written.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<> close_data() override {
    check(open_, "nothing is closed before");
    open_ = false;
    whole = true;
    return {};
  }
  std::uint32_t rescue_room() const override { return 0; }
  Result<> give_up_slot() override { return {}; }
  bool leave_room(std::uint32_t) override { return true; }
  Result<> open_rescue(const DataComponent&, bool) override {
    return fail(Code::wrong_target, Where::gate);
  }
  DataStand stand_of(const crypto::Sha256Digest&, std::uint32_t) const override {
    return DataStand::unknown;
  }

  Buffer written;
  bool whole = false;

 private:
  bool begun_ = false, expected_ = false, open_ = false;
};

// A device with an empty slot.
struct Device {
  Device() {
    static const Buffer keys = golden::bytes("suit/k01-keyset-1");
    check(signing.open(keys).has_value(), "the KeySet is held");
    policy.signing = &signing;
    signing.bring_data(data);
  }

  const Buffer& slot() const { return boot.slots[1].bytes; }

  fakes::FakeBootControl boot{kSlotBytes};
  fakes::RamFlash signing_flash{2 * kFlashSector, kErased};
  SigningRoom room;
  fakes::EventLog log;
  Receiver data;
  SignedUpdates signing{boot, signing_flash, room, {}, log};
  Policy policy;
  Updater updater{boot, nullptr, policy, log};
};

bool may_stand(std::byte found, Bytes wanted, std::size_t at) {
  return found == kBefore || found == kErased || (at < wanted.size() && found == wanted[at]);
}

// Every byte of the slot is what it was, blank, or what was signed for its place.
void check_slot(const Device& device, const Sample& sample) {
  const std::size_t area = align_up(sample.parked.size(), kFlashSector);
  for (std::size_t at = 0; at < kSlotBytes; ++at) {
    const std::byte found = device.slot()[at];
    const bool parked =
        at >= kSlotBytes - area && may_stand(found, sample.parked, at - (kSlotBytes - area));
    check(parked || may_stand(found, sample.image, at), "only what was verified is in the slot");
  }
}

bool holds(const Device& device, const Sample& sample) {
  const Bytes front = Bytes(device.slot()).first(sample.image.size());
  return std::ranges::equal(front, sample.image);
}

Buffer changed(const Sample& sample, Bytes how) {
  Buffer package = sample.package;
  if (how.size() >= 3) {
    const std::size_t cut = load_be(how.first(3)) % (package.size() + 1);
    if (cut != 0) package.resize(cut);
    how = how.subspan(3);
  }
  for (; how.size() >= 4; how = how.subspan(4)) {
    package[load_be(how.first(3)) % package.size()] ^= how[3];
  }
  return package;
}

void run(Bytes input) {
  if (input.size() < 2) return;
  const std::size_t step = 1 + std::size_t{load_u8(input, 0)} * 33;
  const std::size_t choice = load_u8(input, 1) % (samples().size() + 1);
  const Sample* const sample = choice != 0 ? &samples()[choice - 1] : nullptr;
  const Bytes rest = input.subspan(2);
  const Buffer package =
      sample != nullptr ? changed(*sample, rest) : Buffer(rest.begin(), rest.end());
  Device device;
  const Result<Taken> taken = send_in_pieces(device.updater, package, step);
  if (sample != nullptr && sample->checked) check_slot(device, *sample);
  const Bytes written = device.data.written;
  const bool ours =
      sample == nullptr || (written.size() <= sample->data.size() &&
                            std::equal(written.begin(), written.end(), sample->data.begin()));
  check(ours, "only what was verified is written as data");
  check(!taken || sample == nullptr || device.data.whole != sample->data.empty(),
        "what is accepted has all of it");
  const bool installed = taken && *taken == Taken::installed;
  check(device.boot.selected.has_value() == installed, "chosen means accepted");
  const bool brings_app = sample != nullptr && !sample->image.empty();
  check(sample == nullptr || package != sample->package || taken, "a good package is taken");
  check(!brings_app || package != sample->package || installed, "and its app is installed");
  const bool key_set = taken && !installed;
  check(!key_set || device.boot.slots[1].erased.empty(), "a KeySet changes no slot");
  if (!installed) return;
  check(device.signing.pending().has_value(), "what is accepted came in a package");
  const auto is_whole = [&](const Sample& each) {
    return !each.image.empty() && holds(device, each);
  };
  check(std::ranges::any_of(samples(), is_whole), "what is accepted was signed");
  check(sample == nullptr || holds(device, *sample), "and is the image of its package");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
