#include "updraft/status.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/event_log.hpp"

namespace updraft {
namespace {

std::string written(const Status& status, std::size_t room = kStatusBytes) {
  std::vector<std::byte> out(room);
  const std::size_t size = write_status(status, out);
  return {reinterpret_cast<const char*>(out.data()), size};
}

Status demo() {
  Status status;
  status.running.app.project_name = Text<32>("demo");
  status.running.app.version = Text<32>("1.0.0");
  status.running.app.idf_ver = Text<32>("v5.5");
  status.running.app.date = Text<16>("Jan  2 2026");
  status.running.app.time = Text<16>("12:34:56");
  for (std::size_t i = 0; i < 32; ++i) status.running.digest[i] = static_cast<std::byte>(0x5f + i);
  status.chip_id = 5;
  status.chip_revision = 101;
  status.slot = Text<16>("ota_0");
  status.slot_bytes = 3'145'728;
  status.state = OtaState::valid;
  status.confirms_itself = true;
  status.uptime = Millis{12'345};
  status.boot = 0x0012abcd;
  return status;
}

TEST(Status, Document) {
  EXPECT_EQ(
      written(demo()),
      R"({"project":"demo","version":"1.0.0","idf":"v5.5","built":"Jan  2 2026 12:34:56",)"
      R"("digest":"5f60616263646566","chip":"esp32c3","chip_id":5,"revision":101,)"
      R"("block_revision":null,"slot":"ota_0",)"
      R"("slot_bytes":3145728,"factory":"","state":"valid","pending":false,"confirm":"auto",)"
      R"("confirm_in_ms":null,"give_up_in_ms":null,"uptime_ms":12345,"boot":"0012abcd","update":"idle","received":0,)"
      R"("total":0,"policy":"signed","login":false,"secure_version":0,"refuses_downgrade":false,)"
      R"("sealed":"none","inflate_window":0,"delta":false,)"
      R"("previous":null,"remembered":[],"last":null})");
}

TEST(Status, OnTrialAfterARefusal) {
  Status status = demo();
  status.state = OtaState::pending_verify;
  status.confirms_itself = false;
  status.confirm_in = Millis{4200};
  status.give_up_in = Millis{300'000};
  status.takes_delta = true;
  status.update = UpdateState::writing;
  status.received = 65536;
  status.total = 1 << 20;
  status.policy = Trust::unsigned_image;
  status.login = true;
  status.previous = {Text<32>("0.9.0"), Text<32>("demo")};
  status.last = LastUpdate{.why = {Code::wrong_chip, Where::image, 9, 5}};
  const std::string text = written(status);
  EXPECT_NE(text.find(R"("state":"pending_verify","pending":true,"confirm":"manual",)"
                      R"("confirm_in_ms":4200,"give_up_in_ms":300000,)"),
            text.npos);
  EXPECT_NE(text.find(R"("update":"writing","received":65536,"total":1048576,)"
                      R"("policy":"unsigned","login":true,)"),
            text.npos);
  EXPECT_NE(text.find(R"("inflate_window":0,"delta":true,)"), text.npos);
  EXPECT_NE(text.find(R"("previous":{"version":"0.9.0","project":"demo"},"remembered":[],)"
                      R"("last":{"result":"refused","code":"wrong_chip","message":"The image was)"),
            text.npos);
}

TEST(Status, SaysWhatIsRemembered) {
  Status status = demo();
  status.remembered_count = 2;
  for (std::size_t i = 0; i < 32; ++i) status.remembered[0].image[i] = static_cast<std::byte>(i);
  status.remembered[0].why = RolledBack::went_back;
  status.remembered[1] = {status.running.digest, RolledBack::failed};
  EXPECT_NE(written(status).find(R"("remembered":[{"digest":"0001020304050607","why":"went_back"},)"
                                 R"({"digest":"5f60616263646566","why":"failed"}],)"),
            std::string::npos);
  status.last = LastUpdate{.ok = true, .current = true};
  EXPECT_NE(written(status).find(R"("last":{"result":"current"})"), std::string::npos);
}

TEST(Status, TheNumbersOfARefusal) {
  Status status = demo();
  status.last = LastUpdate{.why = {Code::too_big, Where::image, 4 << 20, 1536 << 10}};
  EXPECT_TRUE(written(status).ends_with(R"(","found":4194304,"expected":1572864}})"));
}

TEST(Status, LastEndings) {
  Status status = demo();
  status.last = LastUpdate{.ok = true};
  EXPECT_TRUE(written(status).ends_with(R"("last":{"result":"ok"}})"));
  status.last = LastUpdate{.why = {Code::timeout, Where::link}};
  EXPECT_NE(written(status).find(R"({"result":"failed","code":"timeout")"), std::string::npos);
  status.last = LastUpdate{.why = {Code::rolled_back, Where::boot}};
  EXPECT_NE(written(status).find(R"({"result":"rolled_back","code":"rolled_back")"),
            std::string::npos);
  status.last = LastUpdate{.why = {Code::not_an_image, Where::gate, '<', 0xE9, Reason::web_page}};
  EXPECT_NE(written(status).find("This is a web page"), std::string::npos);
}

TEST(Status, TextOfImagesIsMadePrintable) {
  Status status = demo();
  status.running.app.version = Text<32>("a\"b\\c<d>\n\x7f\xff");
  EXPECT_NE(written(status).find(R"("version":"a\"b\\c<d>\\x0a\\x7f\\xff")"), std::string::npos);
}

// A port may know better what to do; the code stays.
TEST(Status, SaysARefusalInTheDevicesOwnWords) {
  Status status = demo();
  status.last = LastUpdate{.why = {Code::unsigned_image, Where::gate}};
  status.last_sentence = "Set allow_unsigned_raw.";
  EXPECT_NE(written(status).find(R"("code":"unsigned","message":"Set allow_unsigned_raw.")"),
            std::string::npos);
}

// The longest possible document fits, and in less room nothing is written at all.
TEST(Status, RoomIsEnoughOrNothing) {
  Status status = demo();
  const std::string worst(32, '\x01');
  status.running.app.project_name = status.running.app.version = Text<32>(worst);
  status.running.app.idf_ver = Text<32>(worst);
  status.running.app.date = status.running.app.time = Text<16>(worst);
  status.slot = Text<16>(worst);
  status.chip_id = 0xffff;
  status.slot_bytes = status.inflate_window = UINT32_MAX;
  status.confirm_in = status.give_up_in = status.uptime = Millis::max();
  status.received = status.total = UINT64_MAX;
  status.previous = {Text<32>(worst), Text<32>(worst)};
  status.remembered_count = kRememberedImages;
  for (Remembered& one : status.remembered) one.why = RolledBack::went_back;
  for (std::size_t code = 0; code < kCodeCount; ++code) {
    status.last = LastUpdate{.why = {static_cast<Code>(code), Where::image}};
    const std::size_t size = written(status).size();
    ASSERT_GT(size, 0U);
    EXPECT_EQ(written(status, size).size(), size);
    EXPECT_EQ(written(status, size - 1).size(), 0U);
  }
}

TEST(StatusKeeper, RemembersAndPassesOn) {
  fakes::EventLog log;
  StatusKeeper keeper(log);
  Status status;
  keeper.on_state(UpdateState::judging);
  keeper.on_progress(100, 1000);
  keeper.fill(status);
  EXPECT_EQ(status.update, UpdateState::judging);
  EXPECT_EQ(status.received, 100U);
  EXPECT_EQ(status.total, 1000U);
  EXPECT_FALSE(status.last.has_value());
  EXPECT_FALSE(keeper.wrote());
  keeper.on_state(UpdateState::writing);
  EXPECT_TRUE(keeper.wrote());
  keeper.on_ended({1, kWs}, {Code::busy, Where::device});
  keeper.fill(status);
  EXPECT_EQ(status.update, UpdateState::writing) << "somebody else's attempt";
  EXPECT_EQ(status.received, 100U);
  keeper.on_state(UpdateState::idle);
  keeper.on_ended({1, kWs}, {Code::bad_hash, Where::image});
  keeper.fill(status);
  EXPECT_EQ(status.received, 0U);
  ASSERT_TRUE(status.last.has_value());
  EXPECT_EQ(status.last->why.code, Code::bad_hash);
  keeper.on_files_installed({{2, kBundle}, Trust::sender, 3, true});
  keeper.fill(status);
  EXPECT_TRUE(status.last->ok);
  keeper.note_rolled_back();
  keeper.fill(status);
  EXPECT_EQ(status.last->why.code, Code::rolled_back);
  EXPECT_EQ(log.ended, (std::vector<std::string>{"busy", "bad_hash", "files:3"}));
  EXPECT_EQ(log.states, (std::vector<std::string>{"judging", "writing", "idle"}));
}

}  // namespace
}  // namespace updraft
