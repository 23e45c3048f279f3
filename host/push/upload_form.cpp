#include "host/push/upload_form.hpp"

#include <array>

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

}  // namespace updraft::host
