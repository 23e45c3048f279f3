#include "protocols/control/control_message.hpp"

#include <gtest/gtest.h>

#include "protocols/control/control_samples.hpp"

namespace updraft::link {
namespace {

using namespace control_id;
using enum ControlType;
using golden::from_hex, golden::to_hex;

const samples::Octets kDeadBeef = from_hex("deadbeef");
const ControlVersion kFg{Text<31>(std::string_view("FG")), {1, 2, 3, 4, 5}};
constexpr auto kCurrent = ControlForm::current, kOlder = ControlForm::older;

struct Row {
  const char* name;
  ControlForm form;
  const char* hex;
  ControlMessage message;
  bool written = true;  // false: another encoder's way to say the same
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

// Sections 4 and 9 of the spec, all of them.
const Row kRows[] = {
    {"begin", kCurrent, "10741803", {.id = kBegin, .uid = 3}},
    {"begin_explicit",
     kCurrent,
     "080110741803a20700",
     {.type = request, .id = kBegin, .uid = 3, .has_payload = true}},
    {"begin_success",
     kCurrent,
     "080210d8011803c20d00",
     {.type = response, .id = kBegin + 100, .uid = 3, .has_payload = true}},
    {"begin_failure",
     kCurrent,
     "080210d8011803c20d0b08ffffffffffffffffff01",
     {.type = response, .id = kBegin + 100, .uid = 3, .has_payload = true, .resp = -1}},
    {"write",
     kCurrent,
     "10751804aa07060a04deadbeef",
     {.id = kWrite, .uid = 4, .has_payload = true, .ota_data = kDeadBeef}},
    {"write_success",
     kCurrent,
     "080210d9011804ca0d00",
     {.type = response, .id = kWrite + 100, .uid = 4, .has_payload = true}},
    {"write_failure",
     kCurrent,
     "080210d9011804ca0d0b08ffffffffffffffffff01",
     {.type = response, .id = kWrite + 100, .uid = 4, .has_payload = true, .resp = -1}},
    {"end", kCurrent, "10761807", {.id = kEnd, .uid = 7}},
    {"end_success",
     kCurrent,
     "080210da011807d20d00",
     {.type = response, .id = kEnd + 100, .uid = 7, .has_payload = true}},
    {"end_current",
     kCurrent,
     "080210da011807d20d021001",
     {.type = response, .id = kEnd + 100, .uid = 7, .has_payload = true, .current = true}},
    {"older_end_current",
     kOlder,
     "0821da020408001001",
     {.type = response, .id = kEnd + 100, .has_payload = true, .current = true}},
    {"end_failure",
     kCurrent,
     "080210da011807d20d0b08ffffffffffffffffff01",
     {.type = response, .id = kEnd + 100, .uid = 7, .has_payload = true, .resp = -1}},
    {"feature_query", kCurrent, "107a1801d207020803", {.id = 122, .uid = 1}, false},
    {"feature_answer_no",
     kCurrent,
     "080210de011801f20d0b08ffffffffffffffffff01",
     {.type = response, .id = 222, .uid = 1, .has_payload = true, .resp = -1}},
    {"version_request", kCurrent, "107b1802", {.id = kGetVersion, .uid = 2}},
    {"version",
     kCurrent,
     "080210df011802fa0d0e1202464718012002280330043805",
     {.type = response, .id = kGetVersion + 100, .uid = 2, .has_payload = true, .version = kFg}},
    {"init", kCurrent, "080310ad02ea1200", {.type = event, .id = kInit, .has_payload = true}},
    {"heartbeat",
     kCurrent,
     "080310ae02f212020801",
     {.type = event, .id = kHeartbeat, .has_payload = true, .number = 1}},
    {"older_begin", kOlder, "081c", {.type = request, .id = kBegin}},
    {"older_begin_success",
     kOlder,
     "081dba02020800",
     {.type = response, .id = kBegin + 100, .has_payload = true}},
    {"older_begin_failure",
     kOlder,
     "081dba020b08ffffffffffffffffff01",
     {.type = response, .id = kBegin + 100, .has_payload = true, .resp = -1}},
    {"older_write",
     kOlder,
     "081ec202060a04deadbeef",
     {.type = request, .id = kWrite, .has_payload = true, .ota_data = kDeadBeef}},
    {"older_write_success",
     kOlder,
     "081fca02020800",
     {.type = response, .id = kWrite + 100, .has_payload = true}},
    {"older_write_success_without_the_zero",
     kOlder,
     "081fca0200",
     {.type = response, .id = kWrite + 100, .has_payload = true},
     false},
    {"older_end", kOlder, "0820", {.type = request, .id = kEnd}},
    {"older_end_success",
     kOlder,
     "0821da02020800",
     {.type = response, .id = kEnd + 100, .has_payload = true}},
    {"older_end_failure",
     kOlder,
     "0821da020b08ffffffffffffffffff01",
     {.type = response, .id = kEnd + 100, .has_payload = true, .resp = -1}},
    {"uid_above_127",
     kCurrent,
     "080210d90118c801ca0d00",
     {.type = response, .id = kWrite + 100, .uid = 200, .has_payload = true}},
    {"success_with_an_explicit_zero",
     kCurrent,
     "080210d9011804ca0d020800",
     {.type = response, .id = kWrite + 100, .uid = 4, .has_payload = true},
     false},
    {"success_without_its_sub_message",
     kCurrent,
     "080210d9011804",
     {.type = response, .id = kWrite + 100, .uid = 4},
     false},
    {"write_without_its_sub_message", kCurrent, "10751804", {.id = kWrite, .uid = 4}, false},
    {"write_of_nothing", kCurrent, "10751804aa0700", {.id = kWrite, .uid = 4, .has_payload = true}},
    {"the_unused_fourth_field", kCurrent, "1074180320002805", {.id = kBegin, .uid = 3}, false},
    {"another_order", kCurrent, "18031074", {.id = kBegin, .uid = 3}, false},
    {"heartbeats_every_30_s",
     kCurrent,
     "10791805ca07040801101e",
     {.id = kConfigHeartbeat, .uid = 5, .has_payload = true, .seconds = 30},
     false},
    {"heartbeats_off",
     kCurrent,
     "10791805ca0702101e",
     {.id = kConfigHeartbeat, .uid = 5, .has_payload = true},
     false},
    {"of_id_0", kCurrent, "1803", {.uid = 3}, false},
};

class Messages : public testing::TestWithParam<Row> {};

TEST_P(Messages, AreReadAndWrittenAsTheSpecSays) {
  const Row& row = GetParam();
  const samples::Octets wire = from_hex(row.hex);
  const auto read = decode_control(row.form, wire);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->type, row.message.type);
  EXPECT_EQ(read->id, row.message.id);
  EXPECT_EQ(read->uid, row.message.uid);
  EXPECT_EQ(to_hex(read->ota_data), to_hex(row.message.ota_data));
  EXPECT_EQ(read->version, row.message.version);
  EXPECT_EQ(read->number, row.message.number);
  EXPECT_EQ(read->seconds, row.message.seconds);
  const bool known = row.message.id != 222 && row.message.id != kBegin;
  if (known) {
    EXPECT_EQ(read->resp, row.message.resp);
    EXPECT_EQ(read->current, row.message.current);
    EXPECT_EQ(read->has_payload, row.message.has_payload);
  }
  if (!row.written) return;
  samples::Octets out(kTlvData);
  out.resize(encode_control(row.form, row.message, out));
  EXPECT_EQ(to_hex(out), row.hex);
  for (std::size_t room = 0; room < out.size(); ++room) {
    samples::Octets small(room);
    EXPECT_EQ(encode_control(row.form, row.message, small), 0u) << room;
  }
}

// A message that ends early is refused, except if it ends between two fields.
TEST_P(Messages, CutAnywhereDoNoHarm) {
  const Row& row = GetParam();
  const samples::Octets wire = from_hex(row.hex);
  for (std::size_t cut = 0; cut < wire.size(); ++cut) {
    const samples::Octets part(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(cut));
    const auto read = decode_control(row.form, part);
    if (read && !read->ota_data.empty()) ADD_FAILURE() << "data of a cut message, at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Spec, Messages, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ControlMessage, WriteOf4000BytesHasTheSpecsHead) {
  const samples::Octets data = samples::control_bytes(4000);
  const samples::Octets frame = samples::control_request(kWrite, 4, data);
  EXPECT_EQ(frame.size(), 4025u);
  EXPECT_EQ(to_hex(Bytes(frame).first(25)), "0108006374726c5265737002ab0f10751804aa07a31f0aa01f");
  const auto read = decode_control(kCurrent, Bytes(frame).subspan(14));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ota_data.data(), frame.data() + 25) << "a view, not a copy";
  EXPECT_EQ(read->ota_data.size(), 4000u);
}

TEST(ControlMessage, WhatIsNoneIsRefused) {
  const char* const rows[] = {
      "ff",                          // a tag that does not end
      "0801107418",                  // a number that is missing
      "10751804aa07060a05deadbeef",  // longer inside than outside
      "10751804aa07ff7f0a04deadbeef",
      "10751804aa07060affffffff0fdeadbeef",
      "10751804aa07020805",  // ota_data that is a number
      "10751804aa07090900000000000000",
      "0b1074",                    // a group
      "08041074",                  // a type that is none
      "10ffffffffffffffffff01",    // an id below zero
      "188080808080808080808001",  // a uid of eleven bytes
  };
  for (const std::string row : rows) {
    EXPECT_FALSE(decode_control(kCurrent, from_hex(row))) << row;
  }
  EXPECT_FALSE(decode_control(kOlder, from_hex("0802"))) << "an older message about something else";
  EXPECT_FALSE(decode_control(kOlder, {}));
  samples::Octets out(100);
  EXPECT_EQ(encode_control(kOlder, {.id = kGetVersion}, out), 0u) << "the older form has none";
}

TEST(ControlMessage, VersionNumbersOfATextAreItsFirstFive) {
  using Numbers = std::array<std::uint32_t, 5>;
  EXPECT_EQ(version_numbers("1.2.3.4.5.6"), (Numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(version_numbers("v10.0-rc1"), (Numbers{10, 0, 0, 0, 0}));
  EXPECT_EQ(version_numbers("esp-idf: v4.4"), Numbers{});
  EXPECT_EQ(version_numbers("1..2"), (Numbers{1}));
  EXPECT_EQ(version_numbers("99999999999.1"), Numbers{});
  EXPECT_EQ(version_numbers(""), Numbers{});
}

}  // namespace
}  // namespace updraft::link
