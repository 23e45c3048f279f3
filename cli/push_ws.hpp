// `updraft push FILE ws[s]://HOST/ota/ws`: the update page's job from a terminal.
#pragma once
#include <string>

#include "cli/words/url.hpp"
#include "cli/ws_client.hpp"

namespace updraft::cli {

struct WsPushOptions {
  bool restart = false;
  bool confirm = false;  // the new image, once it runs; restarts into it
  std::string pending;   // what to do with an image that is on trial before: keep, rollback
  TlsOptions tls;
};
void add_ws_push_options(CLI::App& command, WsPushOptions& options);

struct WsPush {
  std::string name;  // of the file, for messages
  Bytes image;       // that shall run
  Bytes payload;     // which brings it: the image itself, or a patch
  Url target;
  WsPushOptions options;
  unsigned wait_seconds = 10;
  bool json = false;
};

// Returns the exit status; throws Stop.
int push_ws(const WsPush& push);

}  // namespace updraft::cli
