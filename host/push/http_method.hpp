// What the pushes by HTTP have in common: whom they trust, and how they log in.
#pragma once
#include "host/push/http_client.hpp"
#include "host/push/push_method.hpp"

namespace updraft::host {

class HttpMethod : public PushMethod {
 public:
  TlsTrust trust;  // of a URL in TLS
  HttpLoginOf login;
};

}  // namespace updraft::host
