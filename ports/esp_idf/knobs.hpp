// What to do about a refusal, in the words of this port: where a sentence of the library speaks of
// a setting, the chip's own name for it.
#pragma once
#include "updraft/protocols.hpp"
#include "updraft/result.hpp"

namespace updraft::esp_idf {

// A constant.
const char* sentence_here(const Error& why);
// The field of updraft_config_t that lets in what is not signed; nullptr: there is none.
const char* unsigned_knob(Scheme scheme);

}  // namespace updraft::esp_idf
