// The codec of control_message.hpp by nanopb, from control.proto in this folder.
#include "protocols/control/control_message.hpp"

#include <cstring>

#include <pb_decode.h>
#include <pb_encode.h>

#include "control.pb.h"

namespace updraft::link {
namespace {

using Message = updraft_control_CtrlMsg;
using OlderMessage = updraft_control_EspHostedConfigPayload;
using Write = updraft_control_OtaWrite;
using Resp = updraft_control_Resp;

// Both forms number their OTA messages in this order; the older one's sub-messages have the field
// number msg + 10.
struct OlderId {
  std::uint32_t current, older;
};
constexpr OlderId kOlderIds[] = {{116, 28}, {216, 29}, {117, 30}, {217, 31}, {118, 32}, {218, 33}};
constexpr std::uint32_t kOlderField = 10;

// A cursor over a frame, so that ota_data can be seen where it lies.
bool advance(pb_istream_t* stream, pb_byte_t* out, std::size_t size) {
  Bytes& left = *static_cast<Bytes*>(stream->state);
  if (out != nullptr) std::memcpy(out, left.data(), size);
  left = left.subspan(size);
  return true;
}

pb_istream_t stream_over(Bytes& rest) {
  return {.callback = advance, .state = &rest, .bytes_left = rest.size(), .errmsg = nullptr};
}

// A field of another wire type comes in a stream of nanopb's own: that is no ota_data.
bool view(pb_istream_t* stream, const pb_field_t*, void** where) {
  if (stream->callback != advance) return false;
  const Bytes& left = *static_cast<const Bytes*>(stream->state);
  *static_cast<Bytes*>(*where) = left.first(stream->bytes_left);
  return pb_read(stream, nullptr, stream->bytes_left);
}

bool put(pb_ostream_t* stream, const pb_field_t* field, void* const* what) {
  const Bytes& data = *static_cast<const Bytes*>(*what);
  return pb_encode_tag_for_field(stream, field) &&
         pb_encode_string(stream, reinterpret_cast<const pb_byte_t*>(data.data()), data.size());
}

void take_resp(bool there, const Resp& resp, ControlMessage& message) {
  message.has_payload = there;
  message.resp = resp.resp;
  message.current = resp.current;
}

void take_version(const updraft_control_FwVersion& from, ControlMessage& message) {
  message.resp = from.resp;
  message.version.name = Text<ControlVersion::kNameBytes>(std::string_view(from.name));
  message.version.numbers = {from.major1, from.major2, from.minor, from.rev_patch1,
                             from.rev_patch2};
}

void take_heartbeat_wish(const updraft_control_ConfigHeartbeat& from, ControlMessage& message) {
  if (from.enable && from.duration > 0) message.seconds = static_cast<std::uint32_t>(from.duration);
}

std::optional<ControlMessage> decode_current(Bytes data) {
  ControlMessage message;
  Message raw = updraft_control_CtrlMsg_init_zero;
  raw.req_ota_write.ota_data = {.funcs = {.decode = view}, .arg = &message.ota_data};
  pb_istream_t stream = stream_over(data);
  const bool sound = pb_decode(&stream, updraft_control_CtrlMsg_fields, &raw);
  if (!sound || raw.msg_type > static_cast<unsigned>(ControlType::event)) return std::nullopt;
  message.type = static_cast<ControlType>(raw.msg_type);
  message.id = raw.msg_id;
  message.uid = raw.uid;
  switch (raw.msg_id) {
    case control_id::kWrite:
      message.has_payload = raw.has_req_ota_write;
      break;
    case control_id::kConfigHeartbeat:
      message.has_payload = raw.has_req_config_heartbeat;
      take_heartbeat_wish(raw.req_config_heartbeat, message);
      break;
    case control_id::kBegin + control_id::kToResponse:
      take_resp(raw.has_resp_ota_begin, raw.resp_ota_begin, message);
      break;
    case control_id::kWrite + control_id::kToResponse:
      take_resp(raw.has_resp_ota_write, raw.resp_ota_write, message);
      break;
    case control_id::kEnd + control_id::kToResponse:
      take_resp(raw.has_resp_ota_end, raw.resp_ota_end, message);
      break;
    case control_id::kGetVersion + control_id::kToResponse:
      message.has_payload = raw.has_resp_get_fw_version;
      take_version(raw.resp_get_fw_version, message);
      break;
    case control_id::kInit:
      message.has_payload = raw.has_event_esp_init;
      break;
    case control_id::kHeartbeat:
      message.has_payload = raw.has_event_heartbeat;
      message.number = raw.event_heartbeat.hb_num;
      break;
    default:
      break;
  }
  return message;
}

std::optional<ControlMessage> decode_older(Bytes data) {
  ControlMessage message;
  OlderMessage raw = updraft_control_EspHostedConfigPayload_init_zero;
  raw.cmd_ota_write.ota_data = {.funcs = {.decode = view}, .arg = &message.ota_data};
  pb_istream_t stream = stream_over(data);
  if (!pb_decode(&stream, updraft_control_EspHostedConfigPayload_fields, &raw)) return std::nullopt;
  for (const OlderId& row : kOlderIds) {
    if (row.older == raw.msg) message.id = row.current;
  }
  message.type =
      message.id > control_id::kLastRequest ? ControlType::response : ControlType::request;
  switch (message.id) {
    case 0:
      return std::nullopt;
    case control_id::kWrite:
      message.has_payload = raw.has_cmd_ota_write;
      break;
    case control_id::kBegin + control_id::kToResponse:
      take_resp(raw.has_resp_ota_begin, raw.resp_ota_begin, message);
      break;
    case control_id::kWrite + control_id::kToResponse:
      take_resp(raw.has_resp_ota_write, raw.resp_ota_write, message);
      break;
    case control_id::kEnd + control_id::kToResponse:
      take_resp(raw.has_resp_ota_end, raw.resp_ota_end, message);
      break;
    default:
      break;
  }
  return message;
}

template <class Sub>
bool put_payload(pb_ostream_t& stream, std::uint32_t field, const pb_msgdesc_t* fields,
                 const Sub& sub) {
  return pb_encode_tag(&stream, PB_WT_STRING, field) && pb_encode_submessage(&stream, fields, &sub);
}

bool put_version(pb_ostream_t& stream, std::uint32_t field, const ControlVersion& version) {
  updraft_control_FwVersion raw = updraft_control_FwVersion_init_zero;
  raw.has_name = !version.name.empty();
  std::ranges::copy(version.name.view(), raw.name);
  const auto set = [](bool& has, std::uint32_t& to, std::uint32_t number) {
    has = number != 0;
    to = number;
  };
  set(raw.has_major1, raw.major1, version.numbers[0]);
  set(raw.has_major2, raw.major2, version.numbers[1]);
  set(raw.has_minor, raw.minor, version.numbers[2]);
  set(raw.has_rev_patch1, raw.rev_patch1, version.numbers[3]);
  set(raw.has_rev_patch2, raw.rev_patch2, version.numbers[4]);
  return put_payload(stream, field, updraft_control_FwVersion_fields, raw);
}

bool put_write(pb_ostream_t& stream, std::uint32_t field, const ControlMessage& message) {
  Write raw = updraft_control_OtaWrite_init_zero;
  Bytes data = message.ota_data;
  raw.ota_data = {.funcs = {.encode = put}, .arg = &data};
  return put_payload(stream, field, updraft_control_OtaWrite_fields, raw);
}

bool put_current_payload(pb_ostream_t& stream, const ControlMessage& message) {
  const bool is_version = message.id == control_id::kGetVersion + control_id::kToResponse;
  switch (message.type) {
    case ControlType::response:
      if (is_version && message.resp == 0) return put_version(stream, message.id, message.version);
      return put_payload(stream, message.id, updraft_control_Resp_fields,
                         Resp{.has_resp = message.resp != 0,
                              .resp = message.resp,
                              .has_current = message.current,
                              .current = message.current});
    case ControlType::event:
      return put_payload(
          stream, message.id, updraft_control_Heartbeat_fields,
          updraft_control_Heartbeat{.has_hb_num = message.number != 0, .hb_num = message.number});
    case ControlType::unsaid:
    case ControlType::request:
      if (message.id == control_id::kWrite && !message.ota_data.empty()) {
        return put_write(stream, message.id, message);
      }
      return !message.has_payload ||
             put_payload(stream, message.id, updraft_control_Empty_fields, updraft_control_Empty{});
  }
  return false;
}

bool put_current(pb_ostream_t& stream, const ControlMessage& message) {
  Message raw = updraft_control_CtrlMsg_init_zero;
  raw.has_msg_type = message.type != ControlType::unsaid;
  raw.msg_type = static_cast<std::uint32_t>(message.type);
  raw.has_msg_id = true;
  raw.msg_id = message.id;
  raw.has_uid = message.uid != 0;
  raw.uid = message.uid;
  return pb_encode(&stream, updraft_control_CtrlMsg_fields, &raw) &&
         put_current_payload(stream, message);
}

bool put_older(pb_ostream_t& stream, const ControlMessage& message) {
  OlderMessage raw = updraft_control_EspHostedConfigPayload_init_zero;
  for (const OlderId& row : kOlderIds) {
    if (row.current == message.id) raw.msg = row.older;
  }
  raw.has_msg = raw.msg != 0;
  if (!raw.has_msg) return false;
  if (!pb_encode(&stream, updraft_control_EspHostedConfigPayload_fields, &raw)) return false;
  if (message.type == ControlType::response) {
    return put_payload(stream, raw.msg + kOlderField, updraft_control_Resp_fields,
                       Resp{.has_resp = true,
                            .resp = message.resp,
                            .has_current = message.current,
                            .current = message.current});
  }
  return message.id != control_id::kWrite || put_write(stream, raw.msg + kOlderField, message);
}

}  // namespace

std::optional<ControlMessage> decode_control(ControlForm form, Bytes data) {
  return form == ControlForm::current ? decode_current(data) : decode_older(data);
}

std::size_t encode_control(ControlForm form, const ControlMessage& message, MutableBytes out) {
  pb_ostream_t stream =
      pb_ostream_from_buffer(reinterpret_cast<pb_byte_t*>(out.data()), out.size());
  const bool fits =
      form == ControlForm::current ? put_current(stream, message) : put_older(stream, message);
  return fits ? stream.bytes_written : 0;
}

}  // namespace updraft::link
