// A package of as many components as there can be: read again by the device's reader, each with its
// own payloads in the order that CBOR wants.
#include <gtest/gtest.h>

#include "engine/suit/package_content.hpp"
#include "host/desk/trouble.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::host {
namespace {

std::vector<std::byte> content(std::size_t size, unsigned seed) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + seed);
  return bytes;
}

TEST(Components, FourOfThemAreReadAsTheyWereMeant) {
  const auto app = content(9000, 1), radio = content(4096, 2), files = content(1, 3),
             more = content(5000, 4);
  const Product lamp = read_product("example.com/lamp/esp32c3/1"),
                bridge = read_product("example.com/radio/esp32c6/1");
  for (const bool index : {true, false}) {
    const auto package =
        make_package({.components = {{app_component(), lamp, app, app},
                                     {file_system_component("storage"), lamp, files, files},
                                     {file_system_component("more"), lamp, more, more},
                                     {co_processor_component(), bridge, radio, radio}},
                      .sequence = 5,
                      .version = {1, 2},
                      .index = index});
    const auto envelope = suit::read_envelope(package);
    ASSERT_TRUE(envelope);
    const auto members = suit::read_members(*envelope, package);
    ASSERT_TRUE(members);
    EXPECT_TRUE(suit::check_payloads(package, *members)) << "in their order, to the last byte";
    const auto manifest = suit::read_manifest(envelope->manifest);
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->count, 4u);
    const std::vector<Bytes> images = {app, files, more, radio};
    for (std::size_t i = 0; i < images.size(); ++i) {
      const suit::Component& each = manifest->components[i];
      const auto transfer = suit::find_payload(package, *members, each.uri);
      ASSERT_TRUE(transfer) << i;
      EXPECT_TRUE(std::ranges::equal(*transfer, images[i])) << i;
      EXPECT_EQ(each.fetch.has_value(), index);
      if (!index) continue;
      const auto leaves = suit::find_payload(package, *members, each.fetch->uri);
      ASSERT_TRUE(leaves) << i;
      EXPECT_TRUE(suit::check_transfer(each, *transfer, *leaves)) << i;
    }
    EXPECT_TRUE(std::ranges::equal(manifest->components[3].class_id, bridge.class_id));
  }
}

TEST(Components, NoneMoreThanFourOrEmptyAreMade) {
  const auto app = content(100, 1);
  const Product lamp = read_product("example.com/lamp/esp32c3/1");
  const ComponentSpec one{app_component(), lamp, app, app};
  EXPECT_THROW((void)make_package({.components = {}}), Trouble);
  EXPECT_THROW((void)make_package({.components = {one, one, one, one, one}}), Trouble);
  EXPECT_THROW((void)make_package({.components = {{app_component(), lamp, {}, {}}}}), Trouble);
}

TEST(Components, ASignatureOfAnotherKeyIsNotTaken) {
  const SigningKey key = SigningKey::generate(), other = SigningKey::generate();
  const Signer liar{key.point(), [other](Bytes message) { return other.sign(message); }};
  const auto payload = content(40, 1);
  EXPECT_THROW((void)checked_signature(liar, suit::Purpose::key_set, payload), Trouble);
  EXPECT_NO_THROW((void)checked_signature(signer_of(key), suit::Purpose::token, payload));
}

}  // namespace
}  // namespace updraft::host
