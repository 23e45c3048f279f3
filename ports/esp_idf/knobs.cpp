#include "ports/esp_idf/knobs.hpp"

#include "ports/esp_idf/doors.hpp"
#include "ports/esp_idf/literal.hpp"
#include "sdkconfig.h"

namespace updraft::esp_idf {
// A sketch has none of these settings: it reads the library's words.
#if !defined(CONFIG_UPDRAFT_PARTS_BY_NAME) && !defined(UPDRAFT_NO_SENTENCES)
#define UPDRAFT_OWN_SENTENCES
namespace {

struct Row {
  Code code;
  Reason reason;
  const char* sentence;
};

constexpr Row kRows[] = {
    {Code::unsigned_image, Reason::none,
     "Unsigned images are refused; sign it, or set the allow_unsigned_ field of this way in "
     "(menuconfig, Updraft, What is let in)."},
    {Code::not_armed, Reason::none,
     "The device takes what its owner signed; sign it, or call updraft_arm() and send again."},
    {Code::alg_unsupported, Reason::none,
     "The device does not take that; send the plain image, or see take_compressed and take_delta."},
    {Code::wrong_key, Reason::sealed_no_key,
     "The image is encrypted, and neither seal_rsa_key nor seal_hmac_key is set."},
    {Code::wrong_product, Reason::none,
     "The image belongs to another product; see project in updraft_config_t."},
    {Code::keyset_missing, Reason::none,
     "The device has no KeySet; set keyset in updraft_config_t, or send the image itself."},
    {Code::known_bad, Reason::none,
     "This image failed here before; send a fixed one, or updraft_let_in() this one."},
    {Code::known_bad, Reason::went_back,
     "Somebody went back from this image here; send another, or updraft_let_in() this one."},
    {Code::downgrade, Reason::none, "This is older than what runs, and refuse_downgrade is set."},
    {Code::pending_confirm, Reason::none,
     "The running image is on trial; updraft_confirm() keeps it, updraft_roll_back() does not."},
    {Code::no_memory, Reason::none,
     "There is too little memory in one piece for this update; free some, or set reserve_memory."},
    {Code::auth_failed, Reason::web_certificate,
     "The web server's certificate is not trusted; look at pull_ca, its name and the clock."},
    {Code::auth_failed, Reason::web_login,
     "The web server wants to know who asks; pull_fields has no token that it takes."},
};

}  // namespace
#endif

const char* sentence_here(const Error& why) {
#ifdef UPDRAFT_OWN_SENTENCES
  for (const Row& row : kRows) {
    if (row.code == why.code && row.reason == why.reason) return row.sentence;
  }
#endif
  return literal(sentence(why));
}

const char* unsigned_knob(Scheme scheme) {
  const DoorRow* const row = row_of(scheme);
  return row != nullptr ? row->allow_unsigned.name : nullptr;
}

}  // namespace updraft::esp_idf
