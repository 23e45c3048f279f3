// What a file can be, and what a person does with it: one list for `push`, `serve`, `inspect`,
// `image verify` and the update page, whose own list is tried on the same samples
// (tests/golden/files.tsv). What a device itself can tell stands in updraft/policy.hpp.
#pragma once
#include <cstdint>
#include <string_view>

namespace updraft::files {

// Whether a device may take it as an update.
enum class Use : std::uint8_t { update, other };

// X(kind, use, title, next): the title goes after "This is"; what to do next is a sentence.
#define UPDRAFT_FILE_KINDS(X)                                                                      \
  X(app, update, "an application image", "Push it.")                                               \
  X(encrypted_image, update, "a pre-encrypted image", "Push it to a device that has its key.")     \
  X(delta, update, "a patch", "Push it to a device that runs its base.")                           \
  X(compressed, update, "a compressed file", "Push it, or unpack it to see more.")                 \
  X(signed_package, update, "a signed package", "Push it.")                                        \
  X(key_set, update, "a KeySet", "Push it.")                                                       \
  /* of an ESP32, but no update */                                                                 \
  X(freshness_token, other, "a freshness token, a server's answer to a device",                    \
    "updraft inspect says what it tells.")                                                         \
  X(bootloader, other, "a second-stage bootloader",                                                \
    "It is written by cable; as an update send the app's .bin.")                                   \
  X(flash, other, "the content of a flash: a dump, or a file for installation by cable",           \
    "Over the air goes the app alone; updraft flash extract takes it out.")                        \
  X(partition_table, other, "a partition table",                                                   \
    "It is written by cable; as an update send the "                                               \
    "app's .bin.")                                                                                 \
  X(partition_csv, other, "a partition table as text",                                             \
    "updraft inspect says what it means; as an "                                                   \
    "update send the app's .bin.")                                                                 \
  X(otadata, other, "otadata, the choice of the boot slot", "updraft inspect says what it means.") \
  X(nvs, other, "an NVS partition, the settings of a device", "updraft inspect lists them.")       \
  X(core_dump, other, "a core dump of a crashed app", "updraft inspect says what crashed.")        \
  X(updraft_memory, other, "what Updraft remembers on a device", "updraft inspect lists it.")      \
  X(efuse_dump, other, "the eFuses of a chip",                                                     \
    "Put it beside a flash dump: updraft inspect "                                                 \
    "DUMP --efuse FILE.")                                                                          \
  X(littlefs, other, "a LittleFS file system", "It is written by cable, or sent as a bundle.")     \
  X(spiffs, other, "a SPIFFS file system", "It is written by cable, or sent as a bundle.")         \
  X(fat, other, "a FAT file system", "It is written by cable, or sent as a bundle.")               \
  X(blank, other, "erased: every byte is the same", "Build or read it again.")                     \
  X(random, other, "noise from end to end: an encrypted flash, or encrypted data",                 \
    "Read the flash on the device itself, or with its key; as an update send the app's .bin.")     \
  X(unknown_chip, other, "an image for a chip that this release does not know",                    \
    "Look for the right product's file, or for a newer Updraft.")                                  \
  X(beta_chip, other, "an image for a chip's beta, which was never sold",                          \
    "Choose the chip that is on the board, and build it again.")                                   \
  X(esp8266, other, "an image for ESP8266", "Take the file for this chip.")                        \
  X(mcuboot, other, "an MCUboot image",                                                            \
    "This bootloader takes ESP images; build one with "                                            \
    "ESP-IDF or Arduino.")                                                                         \
  X(esp_compressed, other, "an image packed for esp-bootloader-plus",                              \
    "Send the app's .bin, or gzip of it.")                                                         \
  X(elf, other, "an ELF file",                                                                     \
    "Take the .bin that the build makes of it, or make it with "                                   \
    "esptool elf2image.")                                                                          \
  X(uf2, other, "a UF2 file",                                                                      \
    "It is for a USB drive of a board; as an update send the app's "                               \
    ".bin.")                                                                                       \
  X(intel_hex, other, "an Intel HEX file", "As an update send the app's .bin.")                    \
  X(srec, other, "a Motorola S-record file", "As an update send the app's .bin.")                  \
  X(zigbee_ota, other, "a Zigbee OTA file",                                                        \
    "It is for a Zigbee gateway; as an update send the "                                           \
    "app's .bin.")                                                                                 \
  X(matter_ota, other, "a Matter OTA file",                                                        \
    "It is for a Matter provider; as an update send the "                                          \
    "app's .bin.")                                                                                 \
  /* archives */                                                                                   \
  X(zip, other, "a ZIP archive", "Unpack it and send the .bin inside.")                            \
  X(seven_zip, other, "a 7z archive", "Unpack it and send the .bin inside.")                       \
  X(rar, other, "a RAR archive", "Unpack it and send the .bin inside.")                            \
  X(tar, other, "a tar archive", "Unpack it and send the .bin inside.")                            \
  X(xz, other, "an xz file", "Unpack it, or pack it with gzip, which devices take.")               \
  X(bzip2, other, "a bzip2 file", "Unpack it, or pack it with gzip, which devices take.")          \
  X(zstd, other, "a Zstandard file", "Unpack it, or pack it with gzip, which devices take.")       \
  X(lz4, other, "an LZ4 file", "Unpack it, or pack it with gzip, which devices take.")             \
  /* a download that brought something else */                                                     \
  X(web_page, other, "a web page", "Download the .bin itself and send that.")                      \
  X(http_reply, other, "the answer of a web server, head and all", "Save its body alone.")         \
  X(json, other, "JSON text", "Download the .bin that it speaks of.")                              \
  X(git_lfs, other, "a pointer of Git LFS, not the file", "Fetch the file: git lfs pull.")         \
  X(salted, other, "data that openssl encrypted",                                                  \
    "Decrypt it; devices take images of updraft "                                                  \
    "encrypt.")                                                                                    \
  X(pem, other, "a key or certificate", "Keep it; as an update send the app's .bin.")              \
  X(program, other, "a program for a computer", "As an update send the app's .bin.")               \
  X(picture, other, "a picture or document", "As an update send the app's .bin.")                  \
  X(text, other, "text", "As an update send the app's .bin.")                                      \
  X(empty, other, "an empty file", "Build or download it again.")                                  \
  X(unknown, other, "nothing that is known here", "As an update send the app's .bin.")

enum class Kind : std::uint8_t {
#define UPDRAFT_FILE_KIND(kind, use, title, next) kind,
  UPDRAFT_FILE_KINDS(UPDRAFT_FILE_KIND)
#undef UPDRAFT_FILE_KIND
};

struct KindRow {
  std::string_view word;  // in JSON: "app"
  Use use;
  std::string_view title;  // "an ELF file"
  std::string_view next;   // what to do, a sentence
};
const KindRow& row(Kind kind);

}  // namespace updraft::files
