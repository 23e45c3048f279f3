// The last stage before the slot. As long as the image equals the one that runs, byte for byte, it
// holds everything back: what runs already is not written again, whatever it came wrapped in. At
// the first difference it asks its owner, takes the bytes held back from the running slot, and from
// then on passes everything on.
#pragma once
#include "engine/pipeline/slot_writer.hpp"

namespace updraft {

// Errors: those of the owner, and of the writer; flash.
class SlotGuard final : public pipeline::Sink {
 public:
  class Owner {
   public:
    virtual Result<> enter_slot() = 0;  // an error ends the update

   protected:
    ~Owner() = default;
  };

  // Both outlive it.
  SlotGuard(Owner& owner, pipeline::SlotWriter& writer) : owner_(owner), writer_(writer) {}

  // `running`: the slot of the running image; nullptr: nothing is compared.
  void reset(Flash* running);
  // The slot may have changed. Not: all that came is what runs; once the image is complete, that
  // is the whole of it.
  bool opened() const { return opened_; }

  void announce(std::uint64_t bytes) override { writer_.announce(bytes); }
  void expect(std::uint64_t bytes) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override { return opened_ ? writer_.finish() : Result<>{}; }

 private:
  bool equals_running(Bytes chunk);
  Result<> open();

  Owner& owner_;
  pipeline::SlotWriter& writer_;
  Flash* running_ = nullptr;
  std::uint64_t length_ = 0;  // of the image, as far as is known; what follows is not compared
  std::uint32_t held_ = 0;    // bytes that were held back
  bool opened_ = false;
};

}  // namespace updraft
