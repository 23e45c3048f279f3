// The row of a protocol that exists in these tests alone: a stream to port 9, which RFC 863 calls
// discard, and which is never answered.
#pragma once
#include "updraft/protocols.hpp"

namespace updraft {

// [row]
inline constexpr UrlWord kDiscardWords[] = {{.word = "discard", .port = 9}};
inline constexpr Protocol kDiscard{.name = "discard",
                                   .id = kFirstOwnProtocol,
                                   .words = kDiscardWords,
                                   .listens = true,
                                   .fetches = false,
                                   .carrier = Carrier::stream,
                                   .proof = Proof::nothing,
                                   .restarts = Restarts::device,
                                   .sender_hears = false,
                                   .fetch_attempts = 0};
static_assert(is_complete(kDiscard));
// [end]

}  // namespace updraft
