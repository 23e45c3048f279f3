// A GET, or a POST where there is a body, written piece by piece into whatever room there is: a
// chip has 256 bytes for each of its connections, and a URL may be longer.
#pragma once
#include <array>
#include <optional>

#include "protocols/pull/web_transfer.hpp"
#include "protocols/pull/web_url.hpp"

namespace updraft::link {

class WebRequest {
 public:
  struct Ask {
    WebUrl url;
    std::string_view fields;           // further ones, each with its CR LF
    std::optional<WantedBytes> bytes;  // nullopt: all
    // Of the file that is known: unless it changed there is nothing to send. nullptr: none is.
    const WebValidators* unless = nullptr;
    // Of the file that a part is wanted of: if it changed, the whole of it. nullptr: none is.
    const WebValidators* if_still = nullptr;
    Bytes body = {};  // JSON, to be posted; empty: none
  };
  // What the views point at stays until it is written.
  void begin(const Ask& ask);
  std::size_t write_to(MutableBytes tx);  // 0: all is written

 private:
  void add(std::string_view piece) { pieces_[count_++] = piece; }
  void add_range(const WantedBytes& bytes);
  void add_field(std::string_view name, std::string_view value);

  std::array<std::string_view, 28> pieces_{};
  std::size_t count_ = 0, next_ = 0, sent_ = 0;  // of pieces; sent_: of the next one
  std::array<char, 8> port_{};                   // ":65535"
  std::array<char, 48> range_{};                 // "bytes=4096-1048575"
  std::array<char, 8> length_{};                 // of the body
};

}  // namespace updraft::link
