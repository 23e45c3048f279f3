// What to say where a device is not reached.
#pragma once
#include <string>

#include "updraft/result.hpp"
#include "updraft/time.hpp"

#include "host/desk/url.hpp"

namespace updraft::cli {

// `error` is unreachable; `waited` is how long it was tried.
std::string nobody_answers(const host::Url& url, Millis waited, const Error& error);

}  // namespace updraft::cli
