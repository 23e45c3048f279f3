#include "host/push/upload_form.hpp"

#include <array>
#include <optional>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"

namespace updraft::host {

UploadForm upload_form(const std::string& part) {
  std::array<std::byte, 8> random;
  crypto::random_bytes(random);
  std::string hex(2 * random.size(), '0');
  write_hex(random, std::as_writable_bytes(std::span(hex)));
  const std::string boundary = std::string(24, '-') + hex;
  const std::string field = part.empty() ? ""
                                         : "--" + boundary +
                                               "\r\nContent-Disposition: form-data; "
                                               "name=\"part\"\r\n\r\n" +
                                               part + "\r\n";
  return {
      .type = "multipart/form-data; boundary=" + boundary,
      .before = field + "--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"firmware.bin\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n",
      .after = "\r\n--" + boundary + "--\r\n"};
}

HttpHeard post_form(HttpClient& client, const std::string& target, Bytes file, Millis retry_for,
                    const std::string& part) {
  std::optional<link::MemorySource> source;
  return client.send(
      [&] {
        UploadForm form = upload_form(part);
        return linux_port::HttpSending{.target = target,
                                       .fields = {{"Content-Type", form.type}},
                                       .before = form.before,
                                       .after = form.after,
                                       .source = &source.emplace(file)};
      },
      retry_for);
}

}  // namespace updraft::host
