#include "sim/encrypted_flash.hpp"

#include <algorithm>

namespace updraft::sim {

using format::PartitionType;

namespace {

constexpr std::uint32_t kBlock = crypto::kAesBlock;
constexpr std::uint32_t kPiece = 4096;  // read at once

crypto::Aes256 cipher(crypto::AesDirection direction, std::uint8_t key) {
  std::array<std::byte, 32> bytes;
  bytes.fill(std::byte{key});
  return {crypto::AesMode::ecb, direction, crypto::Secret<32>(Bytes(bytes)), {}};
}

}  // namespace

EncryptedFlash::EncryptedFlash(Flash& flash, const format::PartitionTable& table)
    : flash_(flash),
      ranges_{{format::kPartitionTableOffset,
               format::kPartitionTableOffset + format::kPartitionTableSector, true}},
      encrypt_(cipher(crypto::AesDirection::encrypt, 1)),
      decrypt_(cipher(crypto::AesDirection::decrypt, 1)),
      tweak_(cipher(crypto::AesDirection::encrypt, 2)) {
  for (const format::Partition& entry : table.entries()) {
    if (covers(entry)) ranges_.push_back({entry.offset, entry.offset + entry.size, true});
  }
}

bool EncryptedFlash::covers(const format::Partition& partition) {
  constexpr std::uint8_t kKeysAndChoices[] = {format::kDataOta, format::kDataNvsKeys,
                                              format::kDataTeeOta};
  const bool always =
      partition.type == PartitionType::data
          ? std::ranges::find(kKeysAndChoices, partition.subtype) != std::end(kKeysAndChoices)
          : partition.type <= PartitionType::partition_table;
  return always || partition.encrypted();
}

EncryptedFlash::Range EncryptedFlash::piece_at(std::uint32_t offset, std::size_t length) const {
  Range piece{offset, offset + static_cast<std::uint32_t>(length), false};
  for (const Range& range : ranges_) {
    if (offset >= range.begin && offset < range.end) {
      return {offset, std::min(piece.end, range.end), true};
    }
    if (range.begin > offset) piece.end = std::min(piece.end, range.begin);
  }
  return piece;
}

// Each block is mixed with its encrypted address before and after the cipher.
void EncryptedFlash::crypt(std::uint32_t offset, MutableBytes blocks, crypto::Aes256& cipher) {
  tweaks_.assign(blocks.size(), std::byte{0});
  for (std::uint32_t at = 0; at < blocks.size(); at += kBlock) {
    store_le32(tweaks_, at, offset + at);
  }
  tweak_.process(tweaks_, tweaks_);
  const auto mix = [&] {
    for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] ^= tweaks_[i];
  };
  mix();
  cipher.process(blocks, blocks);
  mix();
}

void EncryptedFlash::encrypt(std::uint32_t offset, MutableBytes bytes) {
  while (!bytes.empty()) {
    const Range piece = piece_at(offset, bytes.size());
    const MutableBytes part = bytes.first(piece.end - offset);
    if (piece.encrypted) crypt(offset, part, encrypt_);
    bytes = bytes.subspan(part.size());
    offset = piece.end;
  }
}

Result<> EncryptedFlash::read(std::uint32_t offset, MutableBytes out) {
  while (!out.empty()) {
    const Range piece = piece_at(offset, std::min<std::size_t>(out.size(), kPiece));
    const MutableBytes part = out.first(piece.end - offset);
    UPDRAFT_TRY(piece.encrypted ? read_encrypted(offset, part) : flash_.read(offset, part));
    out = out.subspan(part.size());
    offset = piece.end;
  }
  return {};
}

Result<> EncryptedFlash::read_encrypted(std::uint32_t offset, MutableBytes out) {
  const std::uint32_t begin = offset / kBlock * kBlock;
  const auto end = static_cast<std::uint32_t>(align_up(offset + out.size(), kBlock));
  std::vector<std::byte> blocks(end - begin);
  UPDRAFT_TRY(flash_.read(begin, blocks));
  crypt(begin, blocks, decrypt_);
  std::ranges::copy(Bytes(blocks).subspan(offset - begin, out.size()), out.begin());
  return {};
}

Result<> EncryptedFlash::program(std::uint32_t offset, Bytes data) {
  while (!data.empty()) {
    const Range piece = piece_at(offset, data.size());
    const Bytes part = data.first(piece.end - offset);
    UPDRAFT_TRY(piece.encrypted ? program_encrypted(offset, part) : flash_.program(offset, part));
    data = data.subspan(part.size());
    offset = piece.end;
  }
  return {};
}

Result<> EncryptedFlash::program_encrypted(std::uint32_t offset, Bytes data) {
  if (offset % kBlock != 0) return fail(Code::flash, Where::device, offset, kBlock);
  std::vector<std::byte> blocks(static_cast<std::size_t>(align_up(data.size(), kBlock)),
                                std::byte{0xFF});
  std::ranges::copy(data, blocks.begin());
  crypt(offset, blocks, encrypt_);
  return flash_.program(offset, blocks);
}

}  // namespace updraft::sim
