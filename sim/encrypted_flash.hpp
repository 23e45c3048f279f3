// What the programs of a chip with flash encryption see of its flash: partitions that are encrypted
// are read and programmed through a cipher by address (AES-256 on each 16 bytes), all other flash
// as it is. Erased flash of an encrypted partition does not read as FF.
//
// As in ESP-IDF, app partitions, otadata, keys and the partition table are encrypted whatever their
// flag says. A program starts at a multiple of 16 bytes and is filled up to one with FF.
#pragma once
#include <vector>

#include "updraft/flash.hpp"

#include "engine/crypto/aes.hpp"
#include "engine/format/partition_table.hpp"

namespace updraft::sim {

class EncryptedFlash final : public Flash {
 public:
  // `flash`, the whole chip, outlives it. Which of its partitions are encrypted: by the table.
  EncryptedFlash(Flash& flash, const format::PartitionTable& table);

  static bool covers(const format::Partition& partition);
  // Turns what stands at `offset` of the flash into what its cells hold, if that is encrypted.
  // Both ends are multiples of 16.
  void encrypt(std::uint32_t offset, MutableBytes bytes);

  std::uint32_t size() const override { return flash_.size(); }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override {
    return flash_.erase(offset, length);
  }
  bool erased_reads_blank() const override { return false; }
  FlashTimes times() const override { return flash_.times(); }
  void yield() override { flash_.yield(); }

 private:
  struct Range {
    std::uint32_t begin, end;
    bool encrypted;
  };
  // The longest piece of [offset, offset + length) that is encrypted throughout, or not at all.
  Range piece_at(std::uint32_t offset, std::size_t length) const;
  void crypt(std::uint32_t offset, MutableBytes blocks, crypto::Aes256& cipher);
  Result<> read_encrypted(std::uint32_t offset, MutableBytes out);
  Result<> program_encrypted(std::uint32_t offset, Bytes data);

  Flash& flash_;
  std::vector<Range> ranges_;  // all encrypted
  crypto::Aes256 encrypt_, decrypt_, tweak_;
  std::vector<std::byte> tweaks_;
};

}  // namespace updraft::sim
