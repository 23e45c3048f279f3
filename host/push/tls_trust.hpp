// Which device a push over TLS trusts.
#pragma once
#include "ports/linux/tls_link.hpp"

namespace updraft::host {
using linux_port::TlsTrust;
}
