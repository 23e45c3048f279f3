// What `push` sends: a file, standard input, what a web server has, or the patch that makes it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/signing/everyday.hpp"
#include "cli/words/output.hpp"
#include "host/payload.hpp"

namespace updraft::cli {

struct PushFile {
  std::string name;        // "-": standard input; may be an http(s) URL
  host::HttpOptions http;  // of a URL
  std::string delta_from;  // the file that the device runs now; empty: no patch
  SignWith sign;           // no keys: it is sent as it is
  bool rescue = false;     // it is a rescue app, and a package of it says so
  bool is_signed() const { return !sign.signer.keys.empty(); }
};

// Says so if a file is no firmware, and how much a patch saves; padding after an image is left
// out. Throws Stop: not there, empty.
//
// What a URL has comes as it is read, and is never stored, unless a patch is made of it: see
// failure() of the payload at the end.
host::Payload open_payload(const PushFile& file, const Output& out);
// The whole payload in memory, for protocols that send its size first or go back in it; in two
// halves: what the file has, and what is sent to bring that, in a signed package where one is asked
// for. `seeks`: the link goes on where an interrupted update was.
std::vector<std::byte> read_image(const PushFile& file);
// Of a data partition: all of it, as it is. Throws Stop: it is an app. Of a rescue app: the image.
std::vector<std::byte> read_data(const PushFile& file);
// What is sent to bring that: the difference to what is there, where --delta-from names it.
std::vector<std::byte> data_payload(const PushFile& file, Bytes data, const Output& out);
std::vector<std::byte> payload_of(const PushFile& file, Bytes image, bool seeks, const Output& out);
// The second half, where it is already known what is sent to bring the image.
std::vector<std::byte> signed_payload(const PushFile& file, Bytes image,
                                      std::vector<std::byte> sent, const Output& out);
// As a status document has it, of an image or of the one in a package; nullopt: no image, and so of
// one that is compressed or sealed.
std::optional<std::string> digest_of(Bytes image);
// Of what is sent as a patch, the image that it is for, likewise; nullopt: it is none, or does not
// say.
std::optional<std::string> base_of(const PushFile& file, Bytes image);

}  // namespace updraft::cli
