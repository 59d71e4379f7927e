// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <fmt/format.h>
#include <lzma.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <span>

#include "base/files.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A digest of OpenSSL's in the making.
class Digest {
 public:
  explicit Digest(const EVP_MD* kind) : context_(EVP_MD_CTX_new()) {
    check(EVP_DigestInit_ex(context_.get(), kind, nullptr));
  }

  void add(ByteView bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

  void add_file(const std::string& path, std::uint64_t count) {
    InputFile file(path);
    Bytes piece(std::size_t{1} << 20);
    for (std::size_t got = 1; got > 0; count -= got) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), count));
      got = file.read(std::span(piece).first(wanted));
      add(ByteView(piece).first(got));
    }
  }

  [[nodiscard]] Bytes finish() {
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
    digest.resize(size);
    return digest;
  }

 private:
  static void check(int result) {
    if (result != 1) throw Error("this OpenSSL refuses a digest; is it in FIPS mode?");
  }

  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

}  // namespace

std::uint32_t crc32_of(ByteView bytes, std::uint32_t before) {
  return lzma_crc32(bytes.data(), bytes.size(), before);
}

std::uint64_t crc64_of(ByteView bytes, std::uint64_t before) {
  return lzma_crc64(bytes.data(), bytes.size(), before);
}

std::string hex(ByteView bytes) {
  return fmt::format("{:02x}", fmt::join(bytes.begin(), bytes.end(), ""));
}

std::string md5_of_file(const std::string& path, std::uint64_t count) {
  Digest digest(EVP_md5());
  digest.add_file(path, count);
  return hex(digest.finish());
}

Bytes sha256_of(ByteView bytes) {
  Digest digest(EVP_sha256());
  digest.add(bytes);
  return digest.finish();
}

Bytes sha256_of_file(const std::string& path) {
  Digest digest(EVP_sha256());
  digest.add_file(path, UINT64_MAX);
  return digest.finish();
}

}  // namespace zipdream
