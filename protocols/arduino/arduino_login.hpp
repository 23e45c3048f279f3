// The arithmetic of ArduinoOTA's logins: protocols/arduino/SPEC.md section 3. Text in, text out.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::link {

inline constexpr std::uint32_t kArduinoRounds = 10'000;  // of PBKDF2

// How a response is made of the password.
enum class ArduinoForm : std::uint8_t {
  legacy,        // core 3.3.0 and older: MD5, over a nonce of 32 digits
  current,       // from 3.3.1 on: PBKDF2 of the password's SHA-256
  md5_password,  // the same of its MD5, which is all that some devices have stored
};

using ArduinoHex = Text<64>;  // 32 or 64 hex digits, in lower case

ArduinoHex arduino_response(ArduinoForm form, std::string_view password, std::string_view nonce,
                            std::string_view cnonce);

// Whether a host that knows the password may have said it, in either form of the current
// generation; with 32 digits in the legacy one, over the front of the nonce: the old tool reads no
// more of it. Takes the same time for each response of the same length.
bool is_arduino_response(std::string_view response, std::string_view password,
                         std::string_view nonce, std::string_view cnonce);

}  // namespace updraft::link
