/* SPDX-License-Identifier: Apache-2.0 */
/* The library for C, and for languages that call C. Stable: functions may be added, none changed.
 *
 *   zd_model* model = zd_model_load("gzip:9");
 *   if (model == NULL) { puts(zd_error_message()); return 1; }
 *   zd_session* session = zd_session_new(model, text, text_size);
 *   double log2_probs[256];
 *   zd_session_log2_probs(session, log2_probs, 256);
 *
 * Errors: functions that return zd_status return ZD_OK, or what went wrong; those that return a
 * pointer return NULL then. zd_error_message() tells why: the last error of the calling thread.
 * Nothing is thrown, and nothing is written to standard error.
 *
 * Memory: what a function named ..._load, ..._new, ..._clone or zd_compress() returns belongs to
 * the caller, who gives it to the ..._free of its kind, which takes NULL too. Bytes that are passed
 * need not outlive the call; NULL is taken where there are none.
 *
 * Threads: all functions may be called from any threads at the same time; of one session one thread
 * at a time. Models are immutable, and may be freed while their sessions live. The library installs
 * no signal handlers. */
#ifndef ZIPDREAM_C_H
#define ZIPDREAM_C_H

#include <stddef.h>
#include <stdint.h>

#include "zipdream/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): names as C has them */
typedef enum {
  ZD_OK = 0,
  ZD_USAGE = 1,   /* the request is at fault: a spec, an argument */
  ZD_FAILURE = 2, /* a file, damage, what the model can't do */
  ZD_MEMORY = 3   /* there is not enough of it */
} zd_status;
/* NOLINTEND(readability-identifier-naming) */

/* One line, "subject: message; remedy", and its remedy alone, "" if there is none. Valid until the
 * next call of this thread that fails; never NULL. */
ZIPDREAM_API const char* zd_error_message(void);
ZIPDREAM_API const char* zd_error_remedy(void);

/* "0.2.0". */
ZIPDREAM_API const char* zd_version(void);

/* How many threads the library uses; 0: one per core. While no other function runs. */
ZIPDREAM_API void zd_set_thread_count(int count);

/* ---- models ---- */

typedef struct zd_model zd_model;

/* By its spec: "gzip:9", "cm", "lm:english". */
ZIPDREAM_API zd_model* zd_model_load(const char* spec);
ZIPDREAM_API void zd_model_free(zd_model* model);

/* The number of its symbols: 256, the bytes, or the tokens of a language model. */
ZIPDREAM_API size_t zd_model_alphabet_size(const zd_model* model);

/* The bytes of a symbol, valid while the model lives; NULL, and *size 0, for none. */
ZIPDREAM_API const uint8_t* zd_model_symbol_bytes(const zd_model* model, uint32_t symbol,
                                                  size_t* size);

/* ---- sessions: a model in the middle of a text ---- */

typedef struct zd_session zd_session;

ZIPDREAM_API zd_session* zd_session_new(const zd_model* model, const uint8_t* context,
                                        size_t context_size);
ZIPDREAM_API zd_session* zd_session_clone(const zd_session* session);
ZIPDREAM_API void zd_session_free(zd_session* session);

/* log2 of the probability of each next symbol. `count` must be the model's alphabet size. */
ZIPDREAM_API zd_status zd_session_log2_probs(const zd_session* session, double* log2_probs,
                                             size_t count);

/* The symbol, or the bytes, that came. */
ZIPDREAM_API zd_status zd_session_update(zd_session* session, uint32_t symbol);
ZIPDREAM_API zd_status zd_session_observe(zd_session* session, const uint8_t* data, size_t size);

/* ---- text in, text out ---- */

typedef struct {
  double temperature; /* 1: the distribution as it is; 0: the likeliest */
  size_t top_k;       /* 0: all */
  double top_p;       /* 1: all */
  double min_p;       /* 0: all */
} zd_sampler;

/* {1, 0, 1, 0}. */
ZIPDREAM_API zd_sampler zd_sampler_default(void);

/* Writes the continuation of a prompt to `out`, exactly `count` bytes; the seed fixes every one of
 * them. A NULL sampler is the default. */
ZIPDREAM_API zd_status zd_generate(const char* spec, const uint8_t* prompt, size_t prompt_size,
                                   const zd_sampler* sampler, uint64_t seed, uint8_t* out,
                                   size_t count);

/* zd_generate() with more to say than zd_sampler has room for: numbers by their names. Those of
 * zd_sampler, and
 *   "unsure_temperature"  0 to 1000: where the model is at a loss (an entropy of 6 bits and more);
 *                         "temperature" is where it is sure. Not set: that one everywhere
 *   "width", "channels"   1 to 65536 and 1 to 4: the prompt is the top of an image, rows of so many
 *                         pixels of so many bytes. Not set: a text, any bytes
 *   "colour_temperature"  0 to 1000: of an image in colour, the temperatures of a pixel's second
 *                         and further bytes are the others times this. Not set: 1 */
typedef struct zd_request zd_request;

ZIPDREAM_API zd_request* zd_request_new(const char* spec);
ZIPDREAM_API void zd_request_free(zd_request* request);
ZIPDREAM_API zd_status zd_request_set(zd_request* request, const char* name, double value);
ZIPDREAM_API zd_status zd_request_generate(const zd_request* request, const uint8_t* prompt,
                                           size_t prompt_size, uint64_t seed, uint8_t* out,
                                           size_t count);

/* The surprisal of each byte of `data` after `context`, in bits, to `bits`, which has room for
 * `size`. */
ZIPDREAM_API zd_status zd_score(const zd_model* model, const uint8_t* context, size_t context_size,
                                const uint8_t* data, size_t size, double* bits);

/* ---- archives ---- */

typedef struct zd_buffer zd_buffer;

/* An archive, as `zipdream compress -m SPEC` writes it, and its content. */
ZIPDREAM_API zd_buffer* zd_compress(const char* spec, const uint8_t* data, size_t size);
ZIPDREAM_API zd_buffer* zd_decompress(const uint8_t* archive, size_t size);

ZIPDREAM_API const uint8_t* zd_buffer_data(const zd_buffer* buffer);
ZIPDREAM_API size_t zd_buffer_size(const zd_buffer* buffer);
ZIPDREAM_API void zd_buffer_free(zd_buffer* buffer);

#ifdef __cplusplus
}
#endif

#endif
