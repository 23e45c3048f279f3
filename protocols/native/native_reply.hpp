// The replies of a device: JSON objects on one line (spec/protocols/native.md 2.1 to 2.5), written
// into memory that is given.
#pragma once
#include "protocols/link/http_text.hpp"
#include "protocols/native/native_board.hpp"
#include "protocols/native/native_session.hpp"

namespace updraft::link {

// `session`: nullptr: none is open.
void write_device(HttpText& out, const NativeFacts& facts, const NativeSession& session);
void write_need(HttpText& out, const NativeSession& session);
void write_installed(HttpText& out, const NativeInstalled& installed, bool restarts);
// Those after `after`, as many as fit.
void write_events(HttpText& out, NativeBoard& board, std::uint64_t after);
void write_error(HttpText& out, const Error& error);
// `,"restart_ms":500}` in place of the last brace.
void write_restart(HttpText& out);

// The head of a reply with a body of that size.
void write_reply_head(HttpText& out, std::uint16_t status, std::size_t bytes, bool closes);

}  // namespace updraft::link
