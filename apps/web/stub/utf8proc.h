// SPDX-License-Identifier: Apache-2.0
// What the core asks of utf8proc, for a page without a terminal and without tokenizers: every
// character takes one column, and kinds of characters are not known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using utf8proc_int32_t = std::int32_t;
using utf8proc_uint8_t = std::uint8_t;
using utf8proc_ssize_t = std::ptrdiff_t;

enum utf8proc_category_t {
  UTF8PROC_CATEGORY_LU,
  UTF8PROC_CATEGORY_LL,
  UTF8PROC_CATEGORY_LT,
  UTF8PROC_CATEGORY_LM,
  UTF8PROC_CATEGORY_LO,
  UTF8PROC_CATEGORY_MN,
  UTF8PROC_CATEGORY_MC,
  UTF8PROC_CATEGORY_ME,
  UTF8PROC_CATEGORY_ND,
  UTF8PROC_CATEGORY_NL,
  UTF8PROC_CATEGORY_NO,
  UTF8PROC_CATEGORY_PC,
  UTF8PROC_CATEGORY_ZS,
  UTF8PROC_CATEGORY_ZL,
  UTF8PROC_CATEGORY_ZP
};

inline utf8proc_ssize_t utf8proc_iterate(const utf8proc_uint8_t* /*text*/, utf8proc_ssize_t size,
                                         utf8proc_int32_t* character) {
  *character = 'x';
  return size > 0 ? 1 : 0;
}

inline int utf8proc_charwidth(utf8proc_int32_t /*character*/) { return 1; }

inline utf8proc_category_t utf8proc_category(utf8proc_int32_t /*character*/) {
  throw std::runtime_error("tokenizers are not in the page: take a model of bytes, or the command");
}

inline utf8proc_ssize_t utf8proc_encode_char(utf8proc_int32_t /*character*/,
                                             utf8proc_uint8_t* /*out*/) {
  throw std::runtime_error("tokenizers are not in the page: take a model of bytes, or the command");
}
