// Packages through the Updater of a device that holds a KeySet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "engine/signing/test_signed_bench.hpp"
#include "tests/golden/suit_vectors.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;

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

class SignedUpdate : public testing::Test, protected SignedBench {
 protected:
  SignedUpdate() { start(desk.key_set(1, desk.release_key)); }
  Buffer image = demo_image("2.0.0");
};

TEST_F(SignedUpdate, InstallsWhatItsOwnerSigned) {
  EXPECT_EQ(signing->key_set_version(), 1u);
  EXPECT_EQ(send(desk.package(image, {.sequence = 7})), "ok");
  EXPECT_EQ(boot.selected, 1);
  EXPECT_TRUE(holds(image));
  EXPECT_EQ(log.trust, Trust::signed_image);
  EXPECT_THAT(log.states, testing::Contains("installed"));
}

TEST_F(SignedUpdate, TakesAnyPieces) {
  const Buffer package = desk.package(image, {.sequence = 7});
  for (const std::size_t step : {std::size_t{1}, std::size_t{15}, std::size_t{4095},
                                 std::size_t{4096}, std::size_t{4097}, package.size()}) {
    SCOPED_TRACE(step);
    SignedBench other;
    other.start(desk.key_set(1, desk.release_key));
    EXPECT_EQ(other.send(package, step), "ok");
    EXPECT_TRUE(other.holds(image));
  }
}

// More chunks than memory has room for digests of: those of the pages after the second wait in the
// slot, two pages in a sector.
TEST_F(SignedUpdate, ParksALongIndexBehindTheImage) {
  constexpr fakes::RamFlash::Erase kLast{2044 * 1024, 4096};
  for (const std::size_t kib : {1000u, 1200u, 1800u}) {
    SCOPED_TRACE(kib);
    SignedBench bench;
    bench.start(desk.key_set(1, desk.release_key));
    const Buffer large = demo_image("2.0.0", kib * 1024);
    const Buffer package = desk.package(large, {.sequence = 7});
    ASSERT_NE(bench.send(Bytes(package).first(package.size() / 3)), "ok");
    EXPECT_EQ(std::ranges::count(bench.boot.slots[1].erased, kLast), kib > 1024 ? 1 : 0);
    EXPECT_EQ(bench.boot.forgotten, 1);
    bench.boot.slots[1].erased.clear();
    EXPECT_EQ(bench.send(package), "ok");
    EXPECT_TRUE(bench.holds(large));
    EXPECT_EQ(std::ranges::count(bench.boot.slots[1].erased, kLast), 0)
        << "what is parked already stays";
  }
}

// A leaf that rotted while it was parked: the chunk is not believed, nor the image chosen.
TEST_F(SignedUpdate, WhatIsParkedIsCheckedWhenItIsReadBack) {
  const Buffer large = demo_image("2.0.0", 1300 * 1024);
  const Buffer package = desk.package(large, {.sequence = 7});
  ASSERT_TRUE(updater->begin({.scheme = kRaw, .size = package.size()}).has_value());
  const Bytes front = Bytes(package).first(200 * 1024);
  ASSERT_TRUE(updater->write(front).has_value());
  boot.slots[1].bytes[2044 * 1024 + 100] ^= std::byte{1};
  const Result<> rest = updater->write(Bytes(package).subspan(front.size()));
  EXPECT_EQ(word(rest), "index_mismatch");
  EXPECT_FALSE(boot.selected);
  EXPECT_EQ(send(package), "ok") << "and the next attempt works";
}

// A page of the index that is not the one before, at a place where another one is parked.
TEST_F(SignedUpdate, AnotherIndexTakesTheParkedPlace) {
  const Buffer one = demo_image("2.0.0", 1800 * 1024), two = demo_image("3.0.0", 1800 * 1024);
  ASSERT_NE(send(Bytes(desk.package(one, {.sequence = 7})).first(300'000)), "ok");
  EXPECT_EQ(send(desk.package(two, {.sequence = 8})), "ok");
  EXPECT_TRUE(holds(two));
}

TEST_F(SignedUpdate, WhereIndexAndImageDoNotFitTheDigestOfTheImageDecides) {
  const Buffer large = demo_image("2.0.0", 2 * 1024 * 1024 - 4096);
  const Buffer package = desk.package(large, {.sequence = 7});
  EXPECT_EQ(send(package), "ok");
  EXPECT_TRUE(holds(large));
  SignedBench other;
  other.start(desk.key_set(1, desk.release_key));
  Buffer bad = package;
  bad[bad.size() - 500'000] ^= std::byte{1};
  EXPECT_NE(other.send(bad), "ok");
  EXPECT_FALSE(other.boot.selected);
}

TEST_F(SignedUpdate, UnpacksWhatIsInside) {
  std::array<pipeline::InflateStage, 2> inflaters;
  stages.inflaters = inflaters;
  start();
  const Buffer once = gzipped(image), twice = gzipped(once), thrice = gzipped(twice);
  EXPECT_EQ(send(desk.package(image, {.sequence = 7, .transfer = thrice})), "malformed");
  EXPECT_TRUE(untouched());
  EXPECT_EQ(send(desk.package(image, {.sequence = 7, .transfer = twice})), "ok");
  EXPECT_TRUE(holds(image));
  SignedBench other;
  other.stages = stages;
  other.start(desk.key_set(1, desk.release_key));
  EXPECT_EQ(other.send(desk.package(image, {.sequence = 7, .transfer = once, .index = false})),
            "ok");
}

// The size is signed: also where no digests of chunks are, nothing more reaches the slot for good.
TEST_F(SignedUpdate, WhatComesToMoreThanTheSignedSizeIsRefused) {
  std::array<pipeline::InflateStage, 2> inflaters;
  stages.inflaters = inflaters;
  start();
  Buffer longer = image;
  longer.resize(image.size() + 5000, std::byte{0xA5});
  const Buffer packed = gzipped(longer);
  for (const bool index : {true, false}) {
    for (const Buffer& transfer : {longer, packed}) {
      const Buffer package =
          desk.package(image, {.sequence = 7, .transfer = transfer, .index = index});
      EXPECT_EQ(send(package), "too_big") << index << " " << transfer.size();
      EXPECT_FALSE(boot.selected);
    }
  }
  EXPECT_EQ(send(desk.package(image, {.sequence = 7})), "ok") << "and the next attempt works";
}

TEST_F(SignedUpdate, APackageIsOutermost) {
  std::array<pipeline::InflateStage, 2> inflaters;
  stages.inflaters = inflaters;
  policy.allow_unsigned(kRaw);
  start();
  signing->arm();
  const Buffer inner = desk.package(image, {.sequence = 7});
  EXPECT_EQ(send(gzipped(inner)), "malformed");
  EXPECT_EQ(send(desk.package(image, {.sequence = 8, .transfer = inner})), "malformed");
  EXPECT_TRUE(untouched());
}

TEST_F(SignedUpdate, WrittenChunksWereChecked) {
  const Buffer good = desk.package(image, {.sequence = 7});
  Buffer bad = good;
  bad[bad.size() - image.size() + 5 * 4096 + 17] ^= std::byte{1};
  EXPECT_EQ(send(bad), "chunk_mismatch");
  const auto front = Bytes(image).first(5 * 4096);
  EXPECT_TRUE(std::ranges::equal(front, Bytes(boot.slots[1].bytes).first(front.size())));
  const Bytes next = Bytes(boot.slots[1].bytes).subspan(front.size(), 256);
  EXPECT_FALSE(std::ranges::equal(next, Bytes(image).subspan(front.size(), 256)));
  EXPECT_FALSE(boot.selected);
  EXPECT_EQ(send(good), "ok") << "and the next attempt works";
}

TEST_F(SignedUpdate, AnotherImageThanTheSignedOneIsNotInstalled) {
  const Buffer other = demo_image("6.6.6");
  EXPECT_EQ(send(desk.package(image, {.sequence = 7, .transfer = other})), "image_mismatch");
  EXPECT_FALSE(boot.selected);
}

// Security row 33: the flash changed between writing and choosing.
TEST_F(SignedUpdate, ReadsBackBeforeItSelects) {
  Buffer padded = image;
  padded.resize(image.size() + 512, std::byte{0});  // behind the image: only the package covers it
  boot.slots[1].after_program = [this, at = image.size()] {
    boot.slots[1].bytes[at + 100] = std::byte{1};
  };
  EXPECT_EQ(send(desk.package(padded, {.sequence = 7})), "image_mismatch");
  EXPECT_FALSE(boot.selected);
}

TEST_F(SignedUpdate, CutAnywhereChangesNothing) {
  const Buffer package = desk.package(image, {.sequence = 7});
  for (std::size_t cut = 2; cut < package.size(); cut += 997) {
    const std::string code = send(Bytes(package).first(cut), 4096);
    EXPECT_TRUE(code == "malformed" || code == "size_mismatch") << code << " at " << cut;
    ASSERT_FALSE(boot.selected);
  }
  EXPECT_EQ(send(package), "ok");
}

TEST_F(SignedUpdate, NothingFollowsButPadding) {
  Buffer package = desk.package(image, {.sequence = 7});
  package.resize(package.size() + 8000);
  EXPECT_EQ(send(package), "malformed");
  EXPECT_EQ(send(package, 4096, {.padding = 8000}), "ok");
}

// Security row 9: what follows a good head may say anything.
TEST_F(SignedUpdate, PayloadsThatLieAreRefusedAndEraseNothing) {
  const Buffer good = desk.package(image, {.sequence = 7});
  const std::string_view all = as_text(good);
  const std::size_t head = all.rfind("\x63#ix");
  const std::string front(all.substr(0, head));
  const std::string index(all.substr(head, all.rfind("\x64#img") - head));
  const std::string transfer(all.substr(head + index.size()));
  const auto many = [](char size, std::string_view bytes) {
    return std::string("\x63#ix") + size + std::string(bytes);
  };
  using namespace std::string_view_literals;
  struct Row {
    const char* why;
    std::string rest;
    const char* code;
  };
  const Row rows[] = {
      {"the transfer before its index", transfer + index, "payload_missing"},
      {"an index and no transfer", index, "size_mismatch"},
      {"the index twice", index + index, "malformed"},
      {"no index", "\x63#aa\x40" + transfer, "payload_missing"},
      {"an index of 4 GiB", many('\x5a', "\xff\xff\xff\xff"sv), "index_mismatch"},
      {"an index of 2^64 - 1", many('\x5b', "\xff\xff\xff\xff\xff\xff\xff\xff"sv),
       "index_mismatch"},
      {"a length that is not the shortest", many('\x59', "\x00\x10"sv), "malformed"},
      {"a length without end", many('\x5f', ""sv), "malformed"},
      {"text in place of bytes", many('\x62', "ab"sv), "malformed"},
      {"a name that is no text", "\x43#ix\x40", "malformed"},
      {"a name that is no UTF-8", "\x61\xff\x40", "malformed"},
      {"a name that is too long", "\x78\x20" + std::string(32, 'a') + "\x40", "malformed"},
      {"a name of 4 GiB", "\x7a\xff\xff\xff\xff" + std::string(100, 'a'), "malformed"},
      {"a transfer of another size", index + "\x64#img\x41z", "size_mismatch"},
      {"nothing at all", "", "malformed"},
  };
  for (const Row& row : rows) {
    for (const std::size_t step : {1u, 4096u}) {
      SCOPED_TRACE(std::string(row.why) + " in steps of " + std::to_string(step));
      EXPECT_EQ(send(as_bytes(front + row.rest), step), row.code);
      EXPECT_TRUE(untouched());
    }
  }
  // Payloads that others have added mean nothing: they are not signed.
  Buffer more(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(head));
  more[2] = std::byte{0xa5};  // one member more
  const std::string added = "\x62#a\x43xyz" + index + transfer;
  more.insert(more.end(), as_bytes(added).begin(), as_bytes(added).end());
  EXPECT_EQ(send(more), "ok");
}

TEST_F(SignedUpdate, TheSequenceRisesWhenTheImageConfirms) {
  ASSERT_EQ(send(desk.package(image, {.sequence = 7})), "ok");
  restart();
  EXPECT_EQ(sequence(), 0u);
  EXPECT_EQ(signing->running()->sequence, 7u);
  ASSERT_EQ(word(updater->confirm()), "ok");
  EXPECT_EQ(sequence(), 7u);
  start();
  EXPECT_EQ(sequence(), 7u);
  EXPECT_EQ(send(desk.package(first, {.sequence = 6})), "sequence_old");
  EXPECT_EQ(send(desk.package(first, {.sequence = 7})), "sequence_old");
  EXPECT_TRUE(untouched());
}

TEST_F(SignedUpdate, AConfirmWhoseRecordWasLostIsMadeUpForAtTheNextStart) {
  ASSERT_EQ(send(desk.package(image, {.sequence = 7})), "ok");
  restart();
  boot.state = OtaState::valid;  // and the power went away
  start();
  EXPECT_EQ(sequence(), 7u);
}

TEST_F(SignedUpdate, ARollbackLeavesTheSequence) {
  ASSERT_EQ(send(desk.package(image, {.sequence = 7})), "ok");
  restart();
  ASSERT_EQ(word(updater->roll_back()), "ok");
  boot.run = 0;
  boot.state = OtaState::valid;
  start();
  EXPECT_EQ(sequence(), 0u);
  EXPECT_EQ(signing->running(), std::nullopt);
  EXPECT_EQ(send(desk.package(image, {.sequence = 7})), "known_bad");
  EXPECT_EQ(send(desk.package(demo_image("3.0.0"), {.sequence = 7})), "ok");
}

// What failed here is refused before its index is parked, whatever the slot holds by now.
TEST_F(SignedUpdate, WhatWasRolledBackChangesNothing) {
  const Buffer bad = desk.package(demo_image("2.0.0", 700 * 1024), {.sequence = 7});
  const Buffer other = desk.package(demo_image("3.0.0", 700 * 1024), {.sequence = 8});
  ASSERT_EQ(send(bad), "ok");
  restart();
  ASSERT_EQ(word(updater->roll_back()), "ok");
  boot.run = 0;
  boot.state = OtaState::valid;
  start();
  ASSERT_NE(send(Bytes(other).first(other.size() / 2)), "ok");
  for (int starts = 0; starts < 3; ++starts) {
    start();
    const Buffer before = boot.slots[1].bytes;
    EXPECT_EQ(send(bad), "known_bad");
    EXPECT_TRUE(untouched());
    EXPECT_TRUE(boot.slots[1].bytes == before);
  }
  std::array<Remembered, 1> known;
  ASSERT_EQ(updater->remembered(known), 1u);
  ASSERT_EQ(word(updater->let_in(image_name(known[0].image))), "ok");
  EXPECT_EQ(send(bad), "ok") << "it was let in by name";
}

TEST_F(SignedUpdate, WhatWasRolledBackIsTakenWhereThePolicyNamesIt) {
  const Buffer bad = desk.package(image, {.sequence = 7});
  ASSERT_EQ(send(bad), "ok");
  restart();
  ASSERT_EQ(word(updater->roll_back(RolledBack::went_back)), "ok");
  boot.run = 0;
  boot.state = OtaState::valid;
  start();
  EXPECT_EQ(send(bad), "known_bad");
  std::array<Remembered, 1> known;
  ASSERT_EQ(updater->remembered(known), 1u);
  const ImageName name = image_name(known[0].image);
  policy.retry = {&name, 1};
  EXPECT_EQ(send(bad), "ok");
  policy.retry = {};
}

TEST_F(SignedUpdate, TheSameAgainIsNothingToDo) {
  for (const std::size_t size : {std::size_t{64 * 1024}, std::size_t{700 * 1024}}) {
    SignedBench bench;
    bench.start(desk.key_set(1, desk.release_key));
    const Buffer package = desk.package(demo_image("2.0.0", size), {.sequence = 7});
    ASSERT_EQ(bench.send(package), "ok");
    bench.restart();
    ASSERT_EQ(word(bench.updater->confirm()), "ok");
    EXPECT_EQ(bench.send(package), "current");
    EXPECT_TRUE(bench.untouched());
    EXPECT_EQ(bench.log.version, "2.0.0");
  }
}

TEST_F(SignedUpdate, ALaterReleaseOfWhatRunsIsNotedAtOnce) {
  EXPECT_EQ(send(desk.package(first, {.sequence = 7})), "current");
  EXPECT_TRUE(untouched());
  EXPECT_EQ(sequence(), 7u);
}

TEST_F(SignedUpdate, WaitsForTheConfirmationOfTheOneBefore) {
  ASSERT_EQ(send(desk.package(image, {.sequence = 7})), "ok");
  restart();
  EXPECT_EQ(send(desk.package(image, {.sequence = 8})), "pending_confirm");
}

// What a device says of each vector, by their own table; nothing is erased before the payload.
class Vectors : public testing::Test {
 protected:
  std::string judge(const golden::SuitDevice& device, Bytes file, bool* erased = nullptr) {
    SignedBench bench(1024 * 1024);  // as their table says
    bench.signing.emplace(bench.boot, bench.signing_flash, bench.room,
                          SignedProduct{device.vendor, device.app_class}, bench.log);
    if (device.sequence != 0) {
      SigningMemory before(bench.signing_flash);
      before.open(bench.room.chunk);
      EXPECT_TRUE(before.install({.sequence = device.sequence}, bench.room.chunk).has_value());
    }
    EXPECT_EQ(word(bench.signing->open(device.key_set_bytes)), "ok");
    bench.policy.signing = &*bench.signing;
    bench.updater.emplace(bench.boot, nullptr, bench.policy, bench.log);
    const std::string code = bench.send(file, 500);
    if (erased != nullptr) *erased = !bench.untouched();
    return code;
  }
};

TEST_F(Vectors, EachGetsItsCodeAndErasesNothing) {
  std::size_t seen = 0;
  for (const golden::SuitVector& vector : golden::suit_vectors().vectors) {
    const auto found = golden::suit_vectors().devices.find(vector.device);
    if (found == golden::suit_vectors().devices.end() || !found->second.trusted()) continue;
    if (vector.file.starts_with("f") || vector.device == "d4") continue;
    SCOPED_TRACE(vector.file);
    std::string expected = vector.expect;
    if (vector.file.starts_with("p02")) expected = "payload_missing";  // it is not inside
    // The image is judged as it passes, so its own code comes first.
    if (vector.file.starts_with("n18")) expected = "bad_checksum";
    if (vector.file.starts_with("k") && expected == "ok") expected = "current";  // no image came
    bool erased = false;
    EXPECT_EQ(judge(found->second, golden::suit_file(vector.file), &erased), expected);
    EXPECT_EQ(erased, expected == "ok" && vector.file.starts_with("p"));
    ++seen;
  }
  EXPECT_GT(seen, 38u);
}

TEST_F(Vectors, NoFlippedBitOfAPackageInstalls) {
  const golden::SuitDevice& device = golden::suit_vectors().devices.at("d1");
  const Buffer good = golden::suit_file("p01-integrated.hex");
  ASSERT_EQ(judge(device, good), "ok");
  SignedBench bench;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Buffer bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    if (bit == 0) {
      bench.signing.emplace(bench.boot, bench.signing_flash, bench.room,
                            SignedProduct{device.vendor, device.app_class}, bench.log);
      ASSERT_EQ(word(bench.signing->open(device.key_set_bytes)), "ok");
      bench.policy.signing = &*bench.signing;
      bench.updater.emplace(bench.boot, nullptr, bench.policy, bench.log);
    }
    ASSERT_NE(bench.send(bad), "ok") << "bit " << bit;
    ASSERT_TRUE(bench.untouched()) << "bit " << bit;
  }
}

}  // namespace
}  // namespace updraft
