#include "protocols/native/native_words.hpp"

namespace updraft::link {

std::uint16_t native_status(const Error& error) {
  switch (error.code) {
    case Code::protocol:
      return error.found >= 400 && error.found < 500 ? static_cast<std::uint16_t>(error.found)
                                                     : 400;
    case Code::unsigned_image:
    case Code::not_armed:
      return 403;
    case Code::no_session:
    case Code::no_route:
      return 404;
    case Code::timeout:
      return 408;
    case Code::busy:
    case Code::not_wanted:
    case Code::not_pending:
    case Code::no_other_image:
    case Code::pending_confirm:
      return 409;
    case Code::flash:
      return 500;
    case Code::starting:
      return 503;
    default:
      return 422;
  }
}

}  // namespace updraft::link
