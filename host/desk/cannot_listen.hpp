// Why a port could not be opened.
#pragma once
#include <string>

#include "updraft/result.hpp"

#include "host/desk/trouble.hpp"

namespace updraft::host {

// `port`: "port 80". `why`: as Reactor::listen() and datagrams() say it.
Trouble cannot_listen(const std::string& address, const std::string& port, const Error& why);

}  // namespace updraft::host
