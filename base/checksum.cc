// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <fmt/format.h>
#include <lzma.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "base/files.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

void check(int result) {
  if (result != 1) throw Error("MD5: this OpenSSL refuses it; is it in FIPS mode?");
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::uint32_t crc32_of(ByteView bytes, std::uint32_t before) {
  return lzma_crc32(bytes.data(), bytes.size(), before);
}

std::uint64_t crc64_of(ByteView bytes, std::uint64_t before) {
  return lzma_crc64(bytes.data(), bytes.size(), before);
}

std::string md5_of_file(const std::string& path, std::uint64_t count) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  check(EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr));
  InputFile file(path);
  Bytes piece(std::size_t{1} << 20);
  for (std::size_t got = 1; got > 0; count -= got) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), count));
    got = file.read(std::span(piece).first(wanted));
    check(EVP_DigestUpdate(context.get(), piece.data(), got));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(context.get(), digest.data(), &size));
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

}  // namespace zipdream
