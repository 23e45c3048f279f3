#include "cli/push/push_payload.hpp"

#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/command.hpp"
#include "cli/delta_patch.hpp"
#include "cli/image_report.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "engine/parts/format_check.hpp"
#include "host/files/trim.hpp"
#include "host/signing/package_check.hpp"

namespace updraft::cli {
namespace {

void check(const host::Payload& payload) {
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
}

std::vector<std::byte> read_url(const PushFile& file) {
  host::Payload payload(file.name, file.http);
  std::vector<std::byte> whole = host::read_all(payload);
  check(payload);
  return whole;
}

// Of a sort that no app is, and whose name helps.
void refuse_file_system(Bytes bytes, const std::string& name) {
  const parts::Looks looks = parts::look_at(bytes);
  const std::string_view word = looks == parts::Looks::littlefs ? "a LittleFS file system"
                                : looks == parts::Looks::fat    ? "a FAT file system"
                                : looks == parts::Looks::nvs    ? "NVS data"
                                                                : "";
  if (word.empty()) return;
  throw Stop(kRefused, fmt::format("{} is {}, not an app; send it with --to fs:LABEL", name, word));
}

}  // namespace

std::vector<std::byte> payload_of(const PushFile& file, Bytes image, bool seeks,
                                  const Output& out) {
  std::vector<std::byte> sent = file.delta_from.empty()
                                    ? std::vector<std::byte>(image.begin(), image.end())
                                    : delta_from(file.delta_from, image, seeks, out);
  return file.is_signed() ? signed_payload(file, image, std::move(sent), out) : sent;
}

std::vector<std::byte> signed_payload(const PushFile& file, Bytes image,
                                      std::vector<std::byte> sent, const Output& out) {
  const std::vector<std::byte> installed = installed_image(image, file.name, {});
  SignedPackage package = sign_package(
      file.sign, {.file = file.name, .transfer = sent, .image = installed, .rescue = file.rescue});
  out.event(signed_event(package));
  out.item("signed", fmt::format("release {} of {}", package.sequence, package.product));
  return std::move(package.bytes);
}

std::vector<std::byte> read_image(const PushFile& file) {
  std::vector<std::byte> bytes =
      host::is_http_url(file.name) ? read_url(file) : read_file(file.name);
  if (bytes.empty()) throw Stop(kRefused, file.name + " is empty");
  refuse_private_key(bytes, file.name);
  refuse_file_system(bytes, file.name);
  warn_if_odd(bytes, file.name, "Sending it all the same.");
  bytes.resize(files::without_padding(bytes).size());
  return bytes;
}

std::vector<std::byte> read_data(const PushFile& file) {
  if (file.rescue) return read_image(file);
  std::vector<std::byte> bytes =
      host::is_http_url(file.name) ? read_url(file) : read_file(file.name);
  if (bytes.empty()) throw Stop(kRefused, file.name + " is empty");
  if (parts::look_at(bytes) == parts::Looks::app) {
    throw Stop(kRefused,
               fmt::format("{} is an app; without --to it goes to the app's slot", file.name));
  }
  return bytes;
}

std::vector<std::byte> data_payload(const PushFile& file, Bytes data, const Output& out) {
  if (file.delta_from.empty()) return {data.begin(), data.end()};
  return delta_from(file.delta_from, data, false, out);
}

std::optional<std::string> digest_of(Bytes image) {
  const ImageReport report = report_image(host::app_in(image));
  if (!report.verdict) return std::nullopt;
  return digest_prefix(report.info.digest);
}

std::optional<std::string> base_of(const PushFile& file, Bytes image) {
  if (!file.delta_from.empty()) return digest_of(read_file(file.delta_from));
  if (classify(at_most(image, kClassifyBytes)) != PayloadClass::delta) return std::nullopt;
  const boost::json::object shown = report_delta(image).json;
  const boost::json::value* const base = shown.if_contains("base_digest");
  if (base == nullptr) return std::nullopt;
  return std::string(std::string_view(base->get_string()));
}

host::Payload open_payload(const PushFile& file, const Output& out) {
  if (!host::is_http_url(file.name) || !file.delta_from.empty() || file.is_signed()) {
    return host::Payload(payload_of(file, read_image(file), false, out));
  }
  host::Payload payload(file.name, file.http);
  check(payload);
  return payload;
}

}  // namespace updraft::cli
