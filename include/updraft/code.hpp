// Every way an update can end badly: one list of codes, each with its name, verdict and sentence.
//
// The names are the `code` member of `--json` events and what a product logs. A code is either
// *refused* (the input was judged; sending the same again will not help) or *failed* (link, flash
// or timing trouble; try again). The sentence says what to do; it never quotes the peer. If one
// code has several causes with different remedies, an error carries a Reason as well, with a
// sentence of its own; the code's name stays the same for scripts. Source: docs/codes.md is written
// from these lists and a test compares them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace updraft {

enum class Verdict : std::uint8_t { refused, failed };

// X(name, verdict, sentence)
#define UPDRAFT_CODES(X)                                                                           \
  /* judged by what the payload is */                                                              \
  X(not_an_image, refused, "This is not an ESP32 application image; send the .bin of the app.")    \
  X(not_an_app, refused,                                                                           \
    "This is a bootloader, or a file for installation by cable; send the app's .bin.")             \
  X(malformed, refused, "The data breaks its format's rules; build or download it again.")         \
  X(envelope_too_large, refused, "The package's head is larger than a device can hold.")           \
  X(too_big, refused, "The image does not fit into the slot; make it smaller or the slot larger.") \
  X(wrong_chip, refused, "The image was built for another chip; build it for this one.")           \
  X(wrong_revision, refused, "The image does not allow this chip revision; check its settings.")   \
  X(wrong_product, refused, "The image belongs to another product; send this product's image.")    \
  X(wrong_base, refused, "The patch was made for another base; send the full image.")              \
  X(wrong_key, refused, "Decryption gave no image; check key, mode and IV on both sides.")         \
  X(bad_checksum, refused, "The image's checksum is wrong; build or download it again.")           \
  X(bad_hash, refused, "The image's SHA-256 is wrong; build or download it again.")                \
  /* judged by who may install what */                                                             \
  X(unsigned_image, refused,                                                                       \
    "Unsigned images are refused here; sign this one, or allow them: --allow-unsigned.")           \
  X(not_armed, refused,                                                                            \
    "The device takes what its owner signed; sign it, or arm the device and send again.")          \
  X(digest_mismatch, refused, "The content is not what the manifest promised; package it again.")  \
  X(alg_unsupported, refused, "The package uses an algorithm that this device does not have.")     \
  X(key_unknown, refused, "The signing key is not in this device's KeySet.")                       \
  X(signature_invalid, refused, "The signature does not verify; sign it again.")                   \
  X(threshold_not_met, refused,                                                                    \
    "Too few of the keys that must sign have signed; add the missing ones.")                       \
  X(revoked, refused, "This very package was revoked by its maker; send a newer one.")             \
  X(profile_unsupported, refused, "The package uses a profile that this device does not know.")    \
  X(sequence_old, refused, "The package is older than what is installed; send a newer one.")       \
  X(sequence_floor, refused, "The package is below the KeySet's floor; send a newer one.")         \
  X(secure_version_low, refused, "Anti-rollback: the image's secure version is too low.")          \
  X(downgrade, refused, "This is older than what runs, and this device refuses older versions.")   \
  X(component_unknown, refused, "The package names a component that this device does not have.")   \
  X(keyset_version, refused,                                                                       \
    "The KeySet must be the next after the device's own; send each version in turn.")              \
  X(keyset_missing, refused, "The device has no KeySet yet; install one first.")                   \
  X(nonce_mismatch, refused, "The answer belongs to another question; ask again.")                 \
  X(known_bad, refused,                                                                            \
    "This image failed here before; send a fixed one, or let this one in by name.")                \
  X(not_remembered, refused, "No image of that name is remembered here; look at the status.")      \
  X(pending_confirm, refused, "The running image is not confirmed yet; confirm or roll back.")     \
  X(bad_path, refused, "A path in the bundle is not allowed; use plain relative paths.")           \
  X(auth_failed, refused, "The password is wrong or missing.")                                     \
  X(locked, refused, "Too many wrong passwords; wait a minute.")                                   \
  X(not_paired, refused, "This sender is not paired with the device.")                             \
  X(not_pending, refused, "There is no unconfirmed image to decide about.")                        \
  X(no_other_image, refused, "There is no other bootable image to go back to.")                    \
  X(no_session, refused, "No update is running on this connection; begin one first.")              \
  X(no_route, refused, "That device cannot be reached from here.")                                 \
  X(not_wanted, refused, "The device does not want this update.")                                  \
  X(no_memory, refused,                                                                            \
    "The device lacks the memory to unpack this now; send the plain image, or restart it first.")  \
  X(rescue_broken, refused,                                                                        \
    "The rescue app is not whole, and only it can write here; write it again by cable.")           \
  X(unsafe_layout, refused,                                                                        \
    "The partition table cannot be changed so over the air; updraft flash plan says why.")         \
  X(flash_size, refused,                                                                           \
    "The partition table reaches past the end of the flash; make it smaller.")                     \
  /* judged by where it is to go: data partitions */                                               \
  X(no_partition, refused, "The device has no data partition of that name; look at its status.")   \
  X(which_partition, refused,                                                                      \
    "The device has several file systems; name one, as in --to fs:LABEL.")                         \
  X(wrong_target, refused, "Updates do not go to that partition; name another one.")               \
  X(wrong_format, refused,                                                                         \
    "The file system is of another size than its partition; make it for this partition.")          \
  X(no_room, refused, "There is no room to receive this beside what runs; make it smaller.")       \
  /* trouble on the way */                                                                         \
  X(busy, failed, "Another update is running or waits for its restart; try again later.")          \
  X(protocol, failed, "The other side broke the protocol; check that both speak the same.")        \
  X(timeout, failed, "The data stopped coming; check the link and send again.")                    \
  X(unreachable, failed, "The other side cannot be reached; check address, port and power.")       \
  X(http_status, failed, "The web server answered with an error; check the URL.")                  \
  X(payload_missing, failed, "The connection ended before any data came; send the file.")          \
  X(size_mismatch, failed, "The data ended before the image did; send the whole file.")            \
  X(index_mismatch, failed, "The package's index does not fit its content; package it again.")     \
  X(chunk_mismatch, failed, "A chunk arrived damaged; it is fetched again.")                       \
  X(image_mismatch, failed, "The slot does not read back what was sent; the flash may be worn.")   \
  X(flash, failed, "The flash did not erase or write; check power and the part.")                  \
  X(starting, failed, "The device is still starting; try again in a moment.")                      \
  X(rescue_first, failed,                                                                          \
    "Only the rescue app can write here; the device restarts into it, so send again in a moment.") \
  X(not_now, failed, "The product does not let its flash be written now; try again later.")        \
  X(part_busy, failed,                                                                             \
    "The partition is in use, or not in its place yet; restart the device and send again.")        \
  X(aborted, failed, "The update was cut off; send it again.")                                     \
  X(rolled_back, failed, "The new image did not confirm itself; the old one runs again.")

// X(name, code, sentence)
#define UPDRAFT_REASONS(X)                                                                         \
  X(web_page, not_an_image,                                                                        \
    "This is a web page, not firmware; download the .bin itself and send that.")                   \
  X(no_app_descriptor, malformed,                                                                  \
    "The image has no app descriptor; this chip's bootloader needs one. Build it with ESP-IDF.")   \
  X(load_address, malformed,                                                                       \
    "The image is loaded to memory that the chip lacks or its bootloader uses; link it anew.")     \
  X(app_partition, too_big,                                                                        \
    "The app's partition is larger than the 16 MiB that a chip can map; make it smaller.")         \
  X(block_revision, wrong_revision,                                                                \
    "The image does not allow this chip's eFuse block revision; check its settings.")              \
  X(sealed_no_key, wrong_key, "The image is encrypted, and this device has no key for that.")      \
  X(sealed_other_key, wrong_key, "The image is encrypted for another key; use this device's.")     \
  X(sealed_damaged, bad_hash,                                                                      \
    "The encrypted image was damaged or changed on the way; encrypt or download it again.")        \
  X(one_slot, no_other_image,                                                                      \
    "This table has no second app slot; updates over the air are impossible.")                     \
  X(only_slot_runs, no_other_image,                                                                \
    "The only slot is running; restart into the factory app first, then send again.")              \
  X(slot_gap, no_other_image,                                                                      \
    "The slots of this table are not ota_0, ota_1 and so on; mend the table by cable.")            \
  X(no_otadata, no_other_image,                                                                    \
    "This table has no otadata, so no slot can be chosen; mend the table by cable.")               \
  X(went_back, known_bad,                                                                          \
    "You went back from this image here; send another, or let this one in by name.")               \
  X(bundle_files, too_big,                                                                         \
    "The bundle has more files than this device takes; send them in several bundles.")             \
  X(bundle_list, too_big,                                                                          \
    "The bundle's list of files is longer than this device takes; shorten paths, or split it.")    \
  X(bundle_content, too_big,                                                                       \
    "The bundle's content has more bytes than its list of files says; make it again.")             \
  X(decoder_limits, alg_unsupported,                                                               \
    "The patch asks for more than this device's decoder has; make it with default settings.")      \
  X(delta_version, alg_unsupported,                                                                \
    "The patch is of another version of the format; make it again with a matching updraft.")       \
  X(package_empty, payload_missing,                                                                \
    "The package does not hold what it installs; send one with its image and index inside.")       \
  X(package_apart, payload_missing,                                                                \
    "The package's image stands beside it; send one with the image inside, or let it be pulled.")  \
  X(package_bare, payload_missing,                                                                 \
    "The image beside the package has no index, so nothing can be checked; package it with one.")  \
  X(app_for_data, wrong_target,                                                                    \
    "This is an app, and the target is a data partition; send it to the app's slot.")              \
  X(package_for_data, wrong_target,                                                                \
    "A signed package says itself what it is for; send it without a target.")                      \
  X(no_targets, wrong_target,                                                                      \
    "The device did not say that it takes data partitions; update its app first.")                 \
  X(other_format, wrong_format,                                                                    \
    "This is not what the partition holds; send a file system of its kind.")                       \
  X(no_way_back, no_room,                                                                          \
    "There is no room to keep the old data for a rollback; send it with --one-way.")               \
  X(web_head, protocol,                                                                            \
    "The web server's answer breaks the rules of HTTP, or its head is too long; look at a proxy.") \
  X(web_packed, protocol,                                                                          \
    "The web server packs the file as it does pages; serve it without Content-Encoding.")          \
  X(web_range, protocol,                                                                           \
    "The web server sent other bytes of the file than were asked for; look at a proxy or cache.")  \
  X(web_redirects, http_status,                                                                    \
    "The web server redirects more than three times; give the URL where the file is.")             \
  X(web_insecure, http_status,                                                                     \
    "The web server redirects from https to http, where anybody can answer; it must not.")         \
  X(web_changed, size_mismatch,                                                                    \
    "The file on the web server changed while it was fetched; it is fetched anew.")                \
  X(web_login, auth_failed,                                                                        \
    "The web server wants to know who asks; give the device its token or password.")               \
  X(web_certificate, auth_failed,                                                                  \
    "The web server's certificate is not trusted; check its issuer, its name and the clock.")

enum class Code : std::uint8_t {
#define UPDRAFT_CODE_MEMBER(name, verdict, sentence) name,
  UPDRAFT_CODES(UPDRAFT_CODE_MEMBER)
#undef UPDRAFT_CODE_MEMBER
};

inline constexpr std::size_t kCodeCount = 0
#define UPDRAFT_CODE_COUNT(name, verdict, sentence) +1
    UPDRAFT_CODES(UPDRAFT_CODE_COUNT)
#undef UPDRAFT_CODE_COUNT
    ;

// The cause, if a code does not say enough.
enum class Reason : std::uint8_t {
  none,
#define UPDRAFT_REASON_MEMBER(name, code, sentence) name,
  UPDRAFT_REASONS(UPDRAFT_REASON_MEMBER)
#undef UPDRAFT_REASON_MEMBER
};

std::string_view name(Code code);      // as in events: "wrong_chip"; `unsigned_image` is "unsigned"
Verdict verdict(Code code);            // refused or failed
std::string_view sentence(Code code);  // what happened and what to do, one sentence

}  // namespace updraft
