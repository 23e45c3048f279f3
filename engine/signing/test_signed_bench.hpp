// A device in memory that asks for signatures, and a desk that signs for it.
#pragma once
#include <algorithm>
#include <vector>

#include "engine/signing/signed_updates.hpp"
#include "engine/update/test_send.hpp"
#include "host/signing/package_maker.hpp"
#include "host/signing/token_maker.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {

using Buffer = std::vector<std::byte>;

inline Buffer demo_image(const std::string& version, std::size_t size = 64 * 1024) {
  return sim::make_image({.version = version, .size = size, .app = {}});
}

// The keys of a product, and what they sign.
class Desk {
 public:
  static Desk& shared() {
    static Desk desk;  // keys take time to make
    return desk;
  }
  struct Release {
    std::uint64_t sequence = 1;
    Bytes transfer = {};  // empty: the image
    bool index = true;
    host::BesideSpec beside = {};
    const host::SigningKey* key = nullptr;  // nullptr: the release key
  };
  Buffer package(Bytes image, const Release& release) const {
    const host::SigningKey& key = release.key != nullptr ? *release.key : release_key;
    const Buffer blank = host::make_package(
        {.components = {{host::app_component(), product, image,
                         release.transfer.empty() ? image : release.transfer, release.beside}},
         .sequence = release.sequence,
         .version = {},
         .index = release.index});
    return host::attach(blank, key.point(), key.sign(host::package_message(blank)));
  }
  Buffer key_set(std::uint64_t version, const host::SigningKey& release,
                 std::vector<host::KeySetSpec::FloorSpec> floors = {}) const {
    host::KeySetSpec spec;
    spec.version = version;
    spec.root = {{root.point()}, 1};
    spec.release = {{release.point()}, 1};
    spec.floors = std::move(floors);
    return host::sign_key_set(host::make_key_set(spec), host::signer_of(root));
  }

  // One that names a key for freshness tokens, and a token.
  Buffer fresh_set(std::uint64_t version) const {
    host::KeySetSpec spec;
    spec.version = version;
    spec.root = {{root.point()}, 1};
    spec.release = {{release_key.point()}, 1};
    spec.freshness = {{next_key.point()}, 1};
    return host::sign_key_set(host::make_key_set(spec), host::signer_of(root));
  }
  Buffer token(host::TokenSpec spec) const {
    spec.class_id = product.class_id;
    spec.newest_key_set = 1;
    return host::make_token(spec, host::signer_of(next_key));
  }

  host::SigningKey root = host::SigningKey::generate();
  host::SigningKey release_key = host::SigningKey::generate();
  host::SigningKey next_key = host::SigningKey::generate();
  host::Product product = host::read_product("updraft.example/demo/esp32c3/1");
};

// Two slots, and everything that is kept over a restart.
class SignedBench {
 public:
  explicit SignedBench(std::uint32_t slot_bytes = 2 * 1024 * 1024) : boot(slot_bytes) {
    std::ranges::copy(first, boot.slots[0].bytes.begin());
  }
  // A new start: nothing in memory survives.
  void start(Bytes key_set = {}) {
    updater.reset();
    signing.emplace(boot, signing_flash, room,
                    SignedProduct{desk.product.vendor, desk.product.class_id}, log);
    opened = word(signing->open(key_set));
    policy.signing = &*signing;
    memory.emplace(memory_flash);
    updater.emplace(boot, &*memory, policy, log, stages);
    (void)updater->start(StartedBy::reset);
    log.ended.clear();
    boot.slots[1 - boot.run].erased.clear();
    boot.selected.reset();
  }
  std::string send(Bytes payload, std::size_t step = 1460, Offer offer = {}) {
    return word(send_in_pieces(*updater, payload, step, offer));
  }
  // The restart into what was chosen.
  void restart(OtaState state = OtaState::pending_verify) {
    if (boot.selected) {
      boot.run = *boot.selected;
      boot.state = state;
    }
    start();
  }
  bool holds(Bytes image) {
    return std::ranges::equal(image, Bytes(boot.slots[1 - boot.run].bytes).first(image.size()));
  }
  bool untouched() { return boot.slots[1 - boot.run].erased.empty() && !boot.selected; }
  std::uint64_t sequence() { return signing->installed() ? signing->installed()->sequence : 0; }

  Desk& desk = Desk::shared();
  Buffer first = demo_image("1.0.0");
  fakes::FakeBootControl boot;
  fakes::RamFlash memory_flash{6 * kFlashSector, std::byte{0xFF}};
  fakes::RamFlash signing_flash{2 * kFlashSector, std::byte{0xFF}};
  SigningRoom room;
  Policy policy;
  Stages stages;
  fakes::EventLog log;
  std::string opened;
  std::optional<SignedUpdates> signing;
  std::optional<UpdateMemory> memory;
  std::optional<Updater> updater;
};

}  // namespace updraft
