// Core dumps as ESP-IDF writes them into their partition, for tests of who reads them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::fakes {

struct CoreTaskImage {
  std::uint32_t control_block;
  std::string name;
  std::uint32_t pc;
  std::uint32_t mcause = 0, mtval = 0;  // of RISC-V
};

struct CoreImage {
  std::uint16_t chip_id = 0;
  std::uint8_t minor = 4;
  std::vector<CoreTaskImage> tasks;
  std::uint32_t crashed = 0;
  std::uint32_t exccause = 0, excvaddr = 0;  // of Xtensa
  std::string app_sha256 = "0123456789abcdef";
  std::string panic;

  using Buffer = std::vector<std::byte>;

  Buffer make() const {
    Buffer notes, memory;
    struct Load {
      std::uint32_t address;
      std::size_t at, size;
    };
    std::vector<Load> loads;
    for (const CoreTaskImage& task : tasks) {
      Buffer status(72 + 128);
      store_le32(status, 24, task.control_block);
      store_le32(status, 72, task.pc);
      note(notes, "CORE", 1, status);
      Buffer block(80);
      store_le32(block, 0, task.control_block + 0x1000);
      std::copy_n(as_bytes(std::string_view(task.name)).begin(), task.name.size(),
                  block.begin() + 52);
      loads.push_back({task.control_block, memory.size(), block.size()});
      append(memory, block);
      Buffer frame(160);
      store_le32(frame, 34 * 4, task.mcause);
      store_le32(frame, 35 * 4, task.mtval);
      loads.push_back({task.control_block + 0x1000, memory.size(), frame.size()});
      append(memory, frame);
    }
    Buffer info(4 + 65);
    store_le32(info, 0, std::uint32_t{chip_id} << 16 | 0x100u | minor);
    std::copy_n(as_bytes(std::string_view(app_sha256)).begin(), app_sha256.size(),
                info.begin() + 4);
    note(notes, "ESP_CORE_DUMP_INFO", 8266, info);
    Buffer extra(20);
    store_le32(extra, 0, crashed);
    store_le32(extra, 8, exccause);
    store_le32(extra, 12, 1);
    store_le32(extra, 16, excvaddr);
    note(notes, "ESP_EXTRA_INFO", 677, extra);
    if (!panic.empty()) note(notes, "ESP_PANIC_DETAILS", 679, as_bytes(std::string_view(panic)));

    const std::size_t headers = 52 + 32 * (1 + loads.size());
    Buffer elf(headers);
    const char ident[] =
        "\x7f"
        "ELF\x01\x01\x01";
    std::copy_n(reinterpret_cast<const std::byte*>(ident), 7, elf.begin());
    store_le16(elf, 16, 4);
    store_le32(elf, 28, 52);
    store_le16(elf, 42, 32);
    store_le16(elf, 44, static_cast<std::uint16_t>(1 + loads.size()));
    program(elf, 0, 4, headers, 0, notes.size());
    for (std::size_t i = 0; i < loads.size(); ++i) {
      program(elf, i + 1, 1, headers + notes.size() + loads[i].at, loads[i].address, loads[i].size);
    }
    append(elf, notes);
    append(elf, memory);
    return wrapped(elf);
  }

 private:
  static void append(Buffer& to, Bytes more) { to.insert(to.end(), more.begin(), more.end()); }

  static void note(Buffer& notes, const std::string& name, std::uint32_t type, Bytes data) {
    const std::size_t at = notes.size();
    notes.resize(at + 12);
    store_le32(notes, at, static_cast<std::uint32_t>(name.size() + 1));
    store_le32(notes, at + 4, static_cast<std::uint32_t>(data.size()));
    store_le32(notes, at + 8, type);
    append(notes, as_bytes(std::string_view(name)));
    notes.resize(at + 12 + (name.size() + 4) / 4 * 4);
    append(notes, data);
    notes.resize((notes.size() + 3) / 4 * 4);
  }

  static void program(Buffer& elf, std::size_t i, std::uint32_t type, std::size_t offset,
                      std::uint32_t address, std::size_t size) {
    const std::size_t at = 52 + 32 * i;
    store_le32(elf, at, type);
    store_le32(elf, at + 4, static_cast<std::uint32_t>(offset));
    store_le32(elf, at + 8, address);
    store_le32(elf, at + 16, static_cast<std::uint32_t>(size));
    store_le32(elf, at + 20, static_cast<std::uint32_t>(size));
  }

  // In front of it the header of its version, after it the checksum.
  Buffer wrapped(const Buffer& elf) const {
    const std::size_t header = minor == 4 ? 12 : minor >= 2 ? 24 : 20;
    const bool sha = minor == 1 || minor == 3 || minor == 4;
    Buffer dump(header);
    append(dump, elf);
    dump.resize((dump.size() + 31) / 32 * 32);
    store_le32(dump, 0, static_cast<std::uint32_t>(dump.size() + (sha ? 32 : 4)));
    store_le32(dump, 4, std::uint32_t{chip_id} << 16 | 0x100u | minor);
    if (sha) {
      append(dump, crypto::sha256(dump));
    } else {
      const std::uint32_t crc = format::crc32(dump, 0);
      dump.resize(dump.size() + 4);
      store_le32(dump, dump.size() - 4, crc);
    }
    return dump;
  }
};

}  // namespace updraft::fakes
