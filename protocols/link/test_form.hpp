// A form as clients send it, for tests.
#pragma once
#include <string>
#include <string_view>

namespace updraft::link {

inline std::string form_of(std::string_view boundary, std::string_view file,
                           std::string_view before = "") {
  const std::string line = "--" + std::string(boundary);
  std::string body(before);
  body += line + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"app.bin\"\r\n";
  body += "Content-Type: application/octet-stream\r\n\r\n";
  body += std::string(file) + "\r\n" + line + "--\r\n";
  return body;
}

}  // namespace updraft::link
