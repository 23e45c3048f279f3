// The inflater of the chip's ROM: its declarations. tests/esp_idf/fake_miniz.cpp implements them.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef unsigned char mz_uint8;
typedef uint32_t mz_uint32;
typedef unsigned long mz_ulong;

enum {
  TINFL_FLAG_PARSE_ZLIB_HEADER = 1,
  TINFL_FLAG_HAS_MORE_INPUT = 2,
  TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF = 4,
  TINFL_FLAG_COMPUTE_ADLER32 = 8,
};
#define TINFL_LZ_DICT_SIZE 32768
typedef enum {
  TINFL_STATUS_BAD_PARAM = -3,
  TINFL_STATUS_ADLER32_MISMATCH = -2,
  TINFL_STATUS_FAILED = -1,
  TINFL_STATUS_DONE = 0,
  TINFL_STATUS_NEEDS_MORE_INPUT = 1,
  TINFL_STATUS_HAS_MORE_OUTPUT = 2,
} tinfl_status;

typedef struct tinfl_decompressor_tag {
  mz_uint32 m_state, m_num_bits;
  unsigned char m_fake[56 * 1024];  // the fake's own
} tinfl_decompressor;
#define tinfl_init(r) \
  do {                \
    (r)->m_state = 0; \
  } while (0)

#ifdef __cplusplus
extern "C" {
#endif
tinfl_status tinfl_decompress(tinfl_decompressor* r, const mz_uint8* pIn_buf_next,
                              size_t* pIn_buf_size, mz_uint8* pOut_buf_start,
                              mz_uint8* pOut_buf_next, size_t* pOut_buf_size,
                              const mz_uint32 decomp_flags);
#ifdef __cplusplus
}
#endif
