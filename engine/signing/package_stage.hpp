// Takes a signed package in pieces of any size, and pushes on its transfer. spec/suit.md 5:
//
//   part       what happens                                            left by
//   head       gathers up to 4096 bytes, then rows 1 to 12: nothing    a verdict
//              is written before them
//   name       the name and the size of the next integrated payload    a head of it; the last one
//   index      digests of chunks, page by page, each checked            its size
//              (leaf_store.hpp)
//   transfer   each chunk is checked, then pushed on                    its size
//   unused     what is neither                                         its size
//   after_end  padding of the link
//
// The payloads are those of the tools: "#ix" and "#img". Or both stand in files beside the package,
// which the link can fetch: then a page of the index and its part of the transfer come in turn
// (engine/update/package_parts.hpp), and nothing is parked.
//
// A component `app` is offered; a package of the component `rescue` goes the same way, to another
// partition. And where there is somebody who receives data (package_data.hpp)
// the device's data partitions: one of them alone, or behind the app, which is written first. Their
// transfers are "#img1" and so on. The chunks of data are checked on the way where one such
// component comes and the digests of them all fit into memory, or beside the data where that comes
// first and is stored in the slot; else its digest decides (package_brought.cpp).
//
// Where index and image do not fit in the slot together chunks are not checked on the way, and the
// digest of the image decides alone (spec/suit.md section 3). If the package has exactly what runs,
// or what the slot holds already, its transfer is not used at all: that is pushed on in its place.
#pragma once
#include <array>

#include "engine/signing/leaf_store.hpp"
#include "engine/signing/payload_reader.hpp"
#include "engine/signing/room.hpp"
#include "engine/signing/signing_memory.hpp"
#include "engine/suit/package.hpp"
#include "engine/update/package_data.hpp"
#include "engine/update/package_parts.hpp"
#include "engine/update/signing.hpp"

namespace updraft {

// Errors: those of suit::judge_package(); of the payloads: malformed, index_mismatch,
// chunk_mismatch, size_mismatch, payload_missing, too_big (more than was signed); flash; and those
// of the next stage.
class PackageStage final : public pipeline::Sink {
 public:
  // All outlive it.
  PackageStage(BootControl& boot, SigningMemory& memory, SigningRoom& room,
               const SignedProduct& product)
      : boot_(boot), memory_(memory), room_(room), product_(product), leaves_(boot, room) {}

  // Who receives data; outlives it. nullptr: no data is offered.
  void bring_data(PackageData* data) { data_ = data; }
  void reset(const SignedWay& way);
  Result<> push(Bytes chunk) override;
  Result<> finish() override;

  // What the package is; nothing before it was judged. Where it brings no app the image of the
  // release is its first data.
  const std::optional<Release>& release() const { return release_; }
  bool is_signed() const { return !unsigned_; }
  // Whether the running image is that of the release: read from flash.
  bool runs(const Release& release);
  // All bytes that went on were the image of the release, in its order: none was unpacked.
  bool passed_image() const { return passed_image_; }
  // What the device holds need not come: takes it from there, as long as there is any, and adds its
  // bytes to `received`; `size` becomes that of a package with the files beside it. What went wrong
  // then is the answer to the next push. Of a package in parts that is what runs nothing need come.
  // package_held.cpp.
  void take_held(std::uint64_t& received, std::uint64_t& size);

 private:
  enum class Part : std::uint8_t { head, name, index, transfer, unused, after_end };

  Result<> take(Bytes& in);
  Result<> take_head(Bytes& in);
  Result<> judge();
  Result<> read(Bytes front, suit::Package& package);
  bool read_signed(Bytes front, suit::Package& package, Error& why);
  bool read_unsigned(Bytes front, suit::Package& package, Error& why);
  std::size_t offer(const suit::Manifest& manifest,
                    std::span<suit::OfferedComponent> offered) const;
  Result<> keep(const suit::Package& package);
  void remember(const suit::Package& package);
  std::size_t asked_for(const suit::Manifest& manifest) const;
  Result<> know_app(const suit::Component& app);
  void know_index(const suit::Component& first);
  Result<> judge_parts(const suit::Package& package);
  Result<> judge_order(const suit::Manifest& manifest) const;
  Result<> expect_data(const suit::Manifest& manifest);
  Result<> enter_component();
  Result<> open_data();
  Result<> open_rescue(const suit::Component& rescue);
  Result<> close_component();
  Result<> close_app();
  bool is_data() const { return at_ != 0 || !has_app_; }
  Result<> take_name(Bytes& in);
  Result<> enter_payload();
  Bytes take_of_payload(Bytes& in);
  Result<> take_index(Bytes& in);
  Result<> take_transfer(Bytes& in);
  void enter_page();
  Result<> end_page();
  Result<> end_payload();
  Result<> end_chunk();
  Result<> judge_part(const Result<>& right);
  Result<> push_on(Bytes part);
  Result<> judge_size() const;
  const suit::ChunkIndex& index() const { return leaves_.index(); }
  Result<> look_for_held(std::uint64_t& received, std::uint64_t& size);
  bool holds_image();
  Result<> take_parts(std::uint64_t& received);
  void limit_erase(bool limited);
  bool complete_page();
  bool complete_chunk();
  void pass_over(std::uint64_t& received);
  void leave_out(std::uint64_t& received);
  Result<> push_from_source();
  Bytes fill(MutableBytes buffer, std::uint64_t most, Bytes& in);

  BootControl& boot_;
  SigningMemory& memory_;
  SigningRoom& room_;
  const SignedProduct& product_;
  PackageData* data_ = nullptr;
  pipeline::Sink* next_ = nullptr;
  pipeline::SlotWriter* slot_ = nullptr;
  LeanUpdater* updater_ = nullptr;
  PackageFetcher* fetcher_ = nullptr;
  pipeline::PatchSink* const* patch_at_work_ = nullptr;
  Flash* source_ = nullptr;  // has the image already: the transfer is not used
  Part part_ = Part::head;
  std::size_t padding_ = 0;
  std::size_t head_ = 0;    // bytes of it, if it comes alone; 0: what comes first is gathered
  std::size_t again_ = 0;   // bytes of a damaged part, which do not count
  bool unsigned_ = false;   // it needs no signature: the gate judges what is in it
  std::size_t filled_ = 0;  // of the buffer that is being filled
  std::uint64_t left_ = 0;  // bytes of the payload that have not arrived
  PayloadReader payloads_;
  std::optional<Release> release_;
  LeafStore leaves_;
  bool has_index_ = false;
  bool checks_ = false;    // chunks on the way
  bool apart_ = false;     // index and transfer stand beside the package
  bool plain_ = false;     // the transfer is as large as the image: most likely, it is that
  bool patch_ = false;     // the transfer is a patch
  bool looked_ = false;    // whether the slot holds the image
  bool came_ = false;      // the transfer, whole
  bool has_app_ = false;   // the first component is the app, or
  bool rescue_ = false;    // the rescue app, alone
  std::size_t count_ = 0;  // components
  std::size_t at_ = 0;     // the one whose payloads come now
  std::array<std::uint32_t, suit::kMaxComponents> transfers_{};  // 0: the manifest does not say
  // Of the index of the second component, where there is no third.
  std::array<std::byte, LeafStore::kPagesHeld * suit::ChunkIndex::kPageItem> second_pages_;
  std::size_t second_index_ = 0;   // bytes of it; 0: its chunks are not checked
  std::size_t page_ = 0;           // of the index, that is gathered
  std::uint64_t chunk_ = 0;        // that is gathered
  unsigned misses_ = 0;            // chunks in a row that were not held
  std::uint32_t usual_erase_ = 0;  // not 0: erases are limited, and this held before
  std::size_t front_ = 0;          // bytes of the package before its index and transfer
  crypto::Sha256 image_hash_;      // of what went on
  bool passed_image_ = false;
  Result<> taking_;  // how taking from the slot went
};

}  // namespace updraft
