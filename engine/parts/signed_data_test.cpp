// Signed packages that bring data, of a whole device in memory that holds a KeySet. What power cuts
// leave: tests/powerloss/signed_data_cut_test.cpp.
#include "engine/parts/signed_data.hpp"

#include <zlib.h>

#include "engine/parts/test_part_device.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kWebBytes = 40 * 1024, kResBytes = 16 * 1024;
using Brought = std::pair<std::string, Bytes>;  // a label, and its content

Buffer gzipped(Bytes data) {
  Buffer out(data.size() + 1024);
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Who signs, and what a device knows of him.
struct SignedDataKeys {
  static Buffer sign(host::PackageSpec spec, std::uint64_t sequence) {
    spec.sequence = sequence;
    const Buffer blank = host::make_package(spec);
    return host::attach(blank, release().point(), release().sign(host::package_message(blank)));
  }
  // `app` empty: none.
  static Buffer package(std::uint64_t sequence, Bytes app, const std::vector<Brought>& data,
                        bool index = true) {
    host::PackageSpec spec{.index = index};
    if (!app.empty()) spec.components.push_back({host::app_component(), product(), app, app});
    for (const auto& [label, content] : data) {
      spec.components.push_back({host::file_system_component(label), product(), content, content});
    }
    return sign(spec, sequence);
  }

  static const host::SigningKey& root() {
    static const host::SigningKey key = host::SigningKey::generate();
    return key;
  }
  static const host::SigningKey& release() {
    static const host::SigningKey key = host::SigningKey::generate();
    return key;
  }
  static const host::Product& product() {
    static const host::Product names = host::read_product("updraft.example/demo/esp32c3/1");
    return names;
  }
  static Buffer key_set() {
    host::KeySetSpec spec;
    spec.root = {{root().point()}, 1};
    spec.release = {{release().point()}, 1};
    return host::sign_key_set(host::make_key_set(spec), host::signer_of(root()));
  }
  static sim::Trusted trusts() {
    return {.key_set = key_set(),
            .vendor = {product().vendor.begin(), product().vendor.end()},
            .class_id = {product().class_id.begin(), product().class_id.end()}};
  }
};

class SignedDataBench : public PartDevice, protected SignedDataKeys {
 protected:
  SignedDataBench() : PartDevice(kThreeParts, kThreePartsFlash) {
    trusted = trusts();  // so nothing unsigned comes in, whatever the policy says
    make_device();
    power_on();
  }
  std::uint64_t sequence() const {
    const auto& installed = const_cast<sim::Device&>(*device).signing()->installed();
    return installed ? installed->sequence : 0;
  }

  Result<> send(Bytes payload, std::size_t step = 1000) {
    return PartDevice::send("app", payload, false, step);
  }
  std::string sent(Bytes payload, std::size_t step = 1000) { return word(send(payload, step)); }
  bool runs(const Buffer& app) {
    const auto at = cells.begin() + (device->app().index == 0 ? 0x10000 : 0x30000);
    return std::equal(app.begin(), app.end(), at);
  }

  Buffer next = sim::make_image({.version = "2.0.0", .size = 60 * 1024});
  Buffer web = make_littlefs(kWebBytes, 1), other_web = make_littlefs(kWebBytes, 2);
  Buffer res = Buffer(kResBytes, std::byte{0x33}), more = Buffer(9000, std::byte{0x44});
};

TEST_F(SignedDataBench, AloneItIsBroughtByTheNextStartAndKeptWhenItIsConfirmed) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, std::size_t{1'000'000}}) {
    SCOPED_TRACE(step);
    const std::uint64_t number = sequence() + 5;
    const Buffer data = make_littlefs(kWebBytes, static_cast<std::uint8_t>(number));
    ASSERT_EQ(sent(package(number, {}, {{"web", data}}), step), "ok");
    EXPECT_NE(sequence(), number) << "not before it is kept";
    power_on();
    EXPECT_EQ(content("web"), data);
    EXPECT_TRUE(runs(first));
    EXPECT_NE(sequence(), number);
    ASSERT_TRUE(engine().confirm());
    EXPECT_EQ(sequence(), number);
    power_on();
    EXPECT_EQ(sequence(), number);
  }
  EXPECT_EQ(sent(package(7, {}, {{"web", other_web}})), "sequence_old");
  EXPECT_EQ(sent(package(7, next, {})), "sequence_old") << "of an app as well";
}

TEST_F(SignedDataBench, WithAnAppBothAreOne) {
  next = sim::make_image({.version = "2.0.0"});
  ASSERT_EQ(sent(package(5, next, {{"web", web}, {"res", res}, {"more", more}})), "ok");
  EXPECT_EQ(content("web"), Buffer(kWebBytes, std::byte{0xFF}));
  power_on();
  EXPECT_TRUE(runs(next));
  EXPECT_EQ(content("web"), web);
  EXPECT_EQ(content("res"), res);
  Buffer padded = more;
  padded.resize(kResBytes, std::byte{0xFF});
  EXPECT_EQ(content("more"), padded);
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 5u);
}

TEST_F(SignedDataBench, ALostTrialTakesTheDataWithIt) {
  ASSERT_EQ(sent(package(5, next, {{"web", web}})), "ok");
  power_on();
  ASSERT_TRUE(engine().confirm());
  const Buffer third = sim::make_image({.version = "3.0.0", .size = 60 * 1024});
  const Buffer bad = package(6, third, {{"web", other_web}});
  ASSERT_EQ(sent(bad), "ok");
  power_on();
  EXPECT_EQ(content("web"), other_web);
  power_on();  // it did not confirm itself
  EXPECT_TRUE(runs(next));
  EXPECT_EQ(content("web"), web);
  EXPECT_EQ(sequence(), 5u);
  EXPECT_EQ(sent(bad), "known_bad");
}

TEST_F(SignedDataBench, DataThatLostItsTrialLeavesTheSequence) {
  ASSERT_EQ(sent(package(5, {}, {{"web", web}})), "ok");
  power_on();
  ASSERT_TRUE(engine().confirm());
  ASSERT_EQ(sent(package(6, {}, {{"web", other_web}})), "ok");
  power_on();
  ASSERT_TRUE(engine().roll_back(RolledBack::failed));
  power_on();
  EXPECT_EQ(content("web"), web);
  EXPECT_EQ(sequence(), 5u);
  EXPECT_EQ(sent(package(6, {}, {{"web", other_web}})), "known_bad");
  EXPECT_EQ(sent(package(6, {}, {{"web", make_littlefs(kWebBytes, 3)}})), "ok");
}

TEST_F(SignedDataBench, AnAppThatRunsAlreadyIsNotWrittenAgain) {
  ASSERT_EQ(sent(package(5, next, {})), "ok");
  power_on();
  ASSERT_TRUE(engine().confirm());
  for (const Buffer& data : {web, other_web}) {
    ASSERT_EQ(sent(package(sequence() + 1, next, {{"web", data}})), "ok");
    power_on();
    EXPECT_TRUE(runs(next));
    EXPECT_EQ(content("web"), data);
    ASSERT_TRUE(engine().confirm());
  }
  EXPECT_EQ(sequence(), 7u);
  EXPECT_TRUE(device->signing()->running()) << "what runs is still known by its release";
}

TEST_F(SignedDataBench, UnpacksWhatIsInside) {
  const Buffer packed = gzipped(web);
  host::PackageSpec spec;
  spec.components = {{host::app_component(), product(), next, next},
                     {host::file_system_component("web"), product(), web, packed}};
  ASSERT_EQ(sent(sign(spec, 5)), "ok");
  power_on();
  EXPECT_EQ(content("web"), web);
}

TEST_F(SignedDataBench, WhatTheDeviceHasNoPlaceForIsRefusedBeforeAnythingIsErased) {
  const Buffer large(kWebBytes + 4096, std::byte{1});
  const std::vector<std::pair<Buffer, std::string>> wrong = {
      {package(5, {}, {{"none", web}}), "component_unknown"},
      {package(5, {}, {{"updraft", web}}), "component_unknown"},
      {package(5, {}, {{"otadata", web}}), "component_unknown"},
      {package(5, {}, {{"a label of more than sixteen", web}}), "component_unknown"},
      {package(5, next, {{"none", web}}), "component_unknown"},
      {package(5, {}, {{"web", large}}), "too_big"},
      {package(5, {}, {{"res", res}, {"res", more}}), "malformed"},
      {package(5, {}, {{"web", make_littlefs(kWebBytes / 2, 1)}}), "wrong_format"},
      {package(5, {}, {{"res", first}}), "wrong_target"},
      {host::make_package(
           {.components = {{host::file_system_component("web"), product(), web, web}},
            .sequence = 5}),
       "unsigned"},
      {next, "not_armed"},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(sent(wrong[i].first), wrong[i].second) << i;
    EXPECT_EQ(erases(), 0u) << i;
  }
  host::PackageSpec turned;
  turned.components = {{host::file_system_component("web"), product(), web, web},
                       {host::app_component(), product(), next, next}};
  EXPECT_EQ(sent(sign(turned, 5)), "malformed") << "an app comes first";
  const auto target = engine().find_target("fs:web");
  ASSERT_TRUE(target);
  EXPECT_EQ(engine().begin({.scheme = kWs, .target = *target}).error().code, Code::not_armed);
  EXPECT_EQ(erases(), 0u);
}

TEST_F(SignedDataBench, AnotherContentThanThePromisedIsNotBound) {
  for (const bool index : {true, false}) {
    host::PackageSpec spec{.index = index};
    spec.components = {{host::file_system_component("web"), product(), web, other_web}};
    EXPECT_EQ(sent(sign(spec, 5)), "image_mismatch");
    spec.components = {
        {host::file_system_component("res"), product(), Bytes(res).first(9000), res}};
    EXPECT_EQ(sent(sign(spec, 5)), "too_big");
    spec.components = {
        {host::file_system_component("res"), product(), res, Bytes(res).first(9000)}};
    EXPECT_EQ(sent(sign(spec, 5)), "size_mismatch");
    power_on();
    EXPECT_EQ(content("web"), Buffer(kWebBytes, std::byte{0xFF}));
    EXPECT_FALSE(engine().pending());
    EXPECT_EQ(sequence(), 0u);
  }
}

// Where each bit of the data is checked before it is written, and each one of the head before that.
TEST_F(SignedDataBench, NoBitAndNoCutIsAccepted) {
  const Buffer whole = package(5, {}, {{"web", web}});
  const Buffer both = package(5, next, {{"res", res}});
  for (const Buffer* const good : {&whole, &both}) {
    for (std::size_t bit = 0; bit < 8 * good->size(); bit += bit < 8 * 800 ? 13 : 4099) {
      Buffer bad = *good;
      bad[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
      ASSERT_NE(sent(bad), "ok") << bit;
    }
    for (std::size_t size = 0; size < good->size(); size += size < 700 ? 23 : 1777) {
      ASSERT_NE(sent(Bytes(*good).first(size)), "ok") << size;
    }
  }
  power_on();
  EXPECT_TRUE(runs(first));
  EXPECT_EQ(content("web"), Buffer(kWebBytes, std::byte{0xFF}));
  EXPECT_EQ(content("res"), Buffer(kResBytes, std::byte{0xFF}));
  EXPECT_EQ(sequence(), 0u);
  EXPECT_EQ(sent(whole), "ok") << "and the good one still is";
}

TEST_F(SignedDataBench, AChunkThatIsNotTheSignedOneIsNotWritten) {
  in_place = {"res"};
  power_on();
  Buffer bad = package(5, {}, {{"res", res}});
  bad[bad.size() - 1] ^= std::byte{1};
  EXPECT_EQ(sent(bad), "chunk_mismatch");
  Buffer written = res;
  std::fill(written.end() - 4096, written.end(), std::byte{0xFF});
  EXPECT_EQ(content("res"), written);
  EXPECT_FALSE(engine().keeper().ready("res"));
  ASSERT_EQ(sent(package(5, {}, {{"res", res}})), "ok");
  EXPECT_TRUE(engine().keeper().ready("res"));
  EXPECT_EQ(sequence(), 5u) << "in place there is no trial";
  power_on();
  EXPECT_EQ(sent(package(6, next, {{"res", more}})), "wrong_target") << "never beside an app";
}

// More than 1 MiB: its digests wait at the start of the slot that it is stored in, if both fit.
class LargeData : public PartDevice, public testing::WithParamInterface<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kRes = 1600 * 1024;
  LargeData() : PartDevice(csv(std::to_string(GetParam()) + "K"), 8 << 20) {
    for (std::size_t i = 0; i < wanted.size() / 2; ++i) {
      wanted[i] = static_cast<std::byte>(i * i / 7 + i / 5000 + 1);
    }
    policy = {};
    trusted = SignedDataKeys::trusts();
    make_device();
    power_on();
  }
  static std::string csv(const std::string& slot) {
    return "otadata, data, ota,       0x9000,   0x2000\n"
           "ota_0,   app,  ota_0,     0x10000,  " +
           slot +
           "\n"
           "ota_1,   app,  ota_1,     ,         " +
           slot +
           "\n"
           "res,     0x40, 1,         ,         1600K\n"
           "updraft, data, undefined, ,         0x10000\n";
  }

  Buffer wanted = Buffer(kRes - 5000, std::byte{0xFF});  // the second half is not stored
};

TEST_P(LargeData, IsCheckedChunkByChunkWhereTheDigestsHaveAPlace) {
  const bool fit = GetParam() > 1600;
  Buffer package = SignedDataKeys::package(5, {}, {{"res", wanted}});
  Buffer damaged = package;
  damaged[damaged.size() - 3000] ^= std::byte{4};
  EXPECT_EQ(sent("app", damaged, 8000), fit ? "chunk_mismatch" : "image_mismatch");
  ASSERT_EQ(sent("app", package, 8000), "ok");
  power_on();
  EXPECT_TRUE(keeper().ready("res"));
  Buffer held(wanted.size());
  ASSERT_TRUE(keeper().partition("res")->read(0, held));
  EXPECT_EQ(held, wanted);
}

INSTANTIATE_TEST_SUITE_P(Slots, LargeData, testing::Values(1600u, 1664u, 1920u),
                         [](const auto& row) { return "of_" + std::to_string(row.param) + "K"; });

TEST_F(SignedDataBench, OfSeveralPartsTheLastToCountCarriesTheSequence) {
  in_place = {"more", "res"};
  power_on();
  ASSERT_EQ(sent(package(5, {}, {{"more", more}, {"res", res}})), "ok");
  EXPECT_EQ(sequence(), 5u) << "all of it is in its place";
  power_on();
  ASSERT_EQ(sent(package(6, {}, {{"res", more}, {"web", web}})), "ok");
  EXPECT_EQ(sequence(), 5u) << "part of it is on trial";
  power_on();
  ASSERT_TRUE(engine().roll_back(RolledBack::failed));
  power_on();
  EXPECT_EQ(sequence(), 5u);
  ASSERT_EQ(sent(package(7, {}, {{"res", res}, {"web", other_web}})), "ok");
  power_on();
  ASSERT_TRUE(engine().confirm());
  EXPECT_EQ(sequence(), 7u);
}

TEST_F(SignedDataBench, WhatIsHalfInItsPlaceKeepsTheSequence) {
  in_place = {"res"};
  power_on();
  ASSERT_EQ(sent(package(5, {}, {{"res", res}})), "ok");
  power_on();
  Buffer half = package(6, {}, {{"res", res}});
  half.resize(half.size() - 1000);
  EXPECT_EQ(sent(half), "size_mismatch");
  power_on();
  EXPECT_FALSE(engine().keeper().ready("res"));
  EXPECT_EQ(sequence(), 5u);
}

// The package of one session says nothing about the next.
TEST_F(SignedDataBench, ASessionThatWasCutOffLeavesNothingToTheNext) {
  const Buffer both = package(5, next, {{"web", web}});
  ASSERT_TRUE(engine().begin({.scheme = kWs, .size = both.size()}));
  ASSERT_TRUE(engine().write(Bytes(both).first(both.size() - 100)));
  EXPECT_EQ(engine().begin({.scheme = kWs}).error().code, Code::busy);
  engine().abort({Code::aborted, Where::link});
  ASSERT_EQ(sent(package(5, next, {})), "ok");
  power_on();
  EXPECT_TRUE(runs(next));
  EXPECT_EQ(content("web"), Buffer(kWebBytes, std::byte{0xFF}));
}

}  // namespace
}  // namespace updraft::parts
