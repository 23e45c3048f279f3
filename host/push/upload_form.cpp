#include "host/push/upload_form.hpp"

#include <array>
#include <optional>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"

namespace updraft::host {

UploadForm upload_form() {
  std::array<std::byte, 8> random;
  crypto::random_bytes(random);
  std::string hex(2 * random.size(), '0');
  write_hex(random, std::as_writable_bytes(std::span(hex)));
  const std::string boundary = std::string(24, '-') + hex;
  return {
      .type = "multipart/form-data; boundary=" + boundary,
      .before = "--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"firmware.bin\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n",
      .after = "\r\n--" + boundary + "--\r\n"};
}

HttpHeard post_form(HttpClient& client, const std::string& target, Bytes file, Millis retry_for) {
  std::optional<link::MemorySource> source;
  return client.send(
      [&] {
        UploadForm form = upload_form();
        return linux_port::HttpSending{.target = target,
                                       .fields = {{"Content-Type", form.type}},
                                       .before = form.before,
                                       .after = form.after,
                                       .source = &source.emplace(file)};
      },
      retry_for);
}

}  // namespace updraft::host
