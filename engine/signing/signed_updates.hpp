// Makes a device ask for signatures: verifies packages and KeySets for its Updater, and remembers
// what a downgrade must not undo (spec/suit.md, docs/signed.md).
//
//   SigningRoom room;
//   SignedUpdates signing(boot, flash, room, {vendor, class_id}, observer);
//   signing.open(key_set);            // once after boot, before Updater::start()
//   policy.signing = &signing;
//   Updater updater(boot, &memory, policy, observer);
//
// `flash`: two sectors that nothing else uses (signing_memory.hpp). All memory is the owner's.
#pragma once
#include "engine/signing/key_set_stage.hpp"
#include "engine/signing/package_stage.hpp"

namespace updraft {

// How long a device stays armed, unless its product says otherwise (spec/security.md section 2).
// The owner has the clock: it calls disarm() when the time is over, and after each update that was
// accepted; a restart disarms by itself.
inline constexpr std::uint32_t kArmSeconds = 300;
inline constexpr std::uint32_t kLeastArmSeconds = 10, kMostArmSeconds = 3600;

// Refuses what needs no look inside: announced larger than its slot, and no package; or a package
// that nobody signed, where only signed ones are taken.
class RefusingStage final : public pipeline::Sink {
 public:
  void reset(const Error& why) { why_ = why; }
  Result<> push(Bytes) override { return why_; }
  Result<> finish() override { return why_; }

 private:
  Error why_{Code::too_big, Where::slot};
};

class SignedUpdates final : public Signing {
 public:
  // All outlive it, and the product's ids. `observer`: that of the Updater.
  SignedUpdates(BootControl& boot, Flash& flash, SigningRoom& room, const SignedProduct& product,
                Observer& observer)
      : boot_(boot),
        memory_(flash),
        room_(room),
        product_(product),
        package_(boot, memory_, room_, product_),
        key_set_(memory_, room_, observer) {}
  SignedUpdates(const SignedUpdates&) = delete;
  SignedUpdates& operator=(const SignedUpdates&) = delete;

  // Reads what is remembered. `provided`: the KeySet that came with the app, or empty. It is taken
  // if the device has none, or an older one and the app is confirmed; it outlives this object.
  // Errors: those of a KeySet that no device would hold; flash.
  Result<> open(Bytes provided);

  // The device has data partitions, which packages may bring. Outlives it; before a session.
  void bring_data(PackageData& data) {
    data_ = &data;
    package_.bring_data(data_);
  }

  // Lets in what is not signed, as far as the policy names it. Only for a person at the device, or
  // one that proved to be its owner.
  void arm() { armed_ = true; }
  void disarm() { armed_ = false; }
  bool armed() const { return armed_; }

  std::uint64_t key_set_version() const { return memory_.key_set_version(); }  // 0: there is none
  // Whether both records have the KeySet. If not, one was damaged, or the power went away while it
  // was written; the next change writes it again.
  bool has_both_records() const { return memory_.is_twice(); }
  const std::optional<Release>& installed() const { return memory_.installed(); }
  const std::optional<Release>& pending() const { return memory_.pending(); }
  // What freshness tokens said: it is not earlier than this, in Unix seconds; 0: there was none. A
  // product without a clock may set it so, for the dates of certificates.
  std::uint64_t not_before() const { return memory_.not_before(); }
  // The release of what runs, confirmed or not, as flash shows it; nullopt: it came in no package.
  // Not while a session runs.
  std::optional<Release> running();

  Stand stand() const override;
  pipeline::Sink* stage_for(PayloadClass payload, const SignedWay& way) override;
  void take_held(std::uint64_t& received, std::uint64_t& size) override {
    package_.take_held(received, size);
  }
  std::uint64_t release() const override { return installed() ? installed()->sequence : 0; }
  std::uint64_t key_set() const override { return key_set_version(); }
  bool takes_tokens() override;
  Result<Freshness> judge_token(Bytes token, std::string_view device_id, Bytes nonce) override;
  Result<> seal(const format::ImageInfo& image) override;
  Result<> seal_data(const crypto::Sha256Digest& data) override;
  void settle() override;

 private:
  Result<> adopt();
  void settle(const Release& pending);
  Result<> lose(const Release& release);
  Result<> seal_release(Flash& slot, const format::ImageInfo& image);
  Result<> seal_image(Flash& slot, const format::ImageInfo& image);

  BootControl& boot_;
  SigningMemory memory_;
  SigningRoom& room_;
  SignedProduct product_;
  PackageStage package_;
  KeySetStage key_set_;
  RefusingStage refusing_;
  PackageData* data_ = nullptr;
  Bytes provided_;
  bool armed_ = false;
};

}  // namespace updraft
