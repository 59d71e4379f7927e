// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <fmt/format.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

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

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;  // smaller files are read as fast
constexpr std::size_t kMaxKept = 1000;
constexpr std::size_t kMaxKeptBytes = std::size_t{1} << 20;
constexpr std::size_t kHexDigits = 64;

// Device, inode, size, and the nanoseconds of the last changes to content and to anything.
using Identity = std::array<std::uint64_t, 5>;

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

Identity identity_of(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) fail_with_errno(path, "open it", errno);
  if (!S_ISREG(facts.st_mode)) throw Error(path + ": is no regular file; name a file");
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
          nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim)};
}

std::optional<Bytes> from_hex(std::string_view digits) {
  if (digits.size() != kHexDigits) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    for (const char c : digits.substr(i, 2)) {
      const std::size_t digit = std::string_view("0123456789abcdef").find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      value = 16 * value + static_cast<unsigned>(digit);
    }
    bytes.push_back(static_cast<Byte>(value));
  }
  return bytes;
}

// What is known, here and in the file.
class Known {
 public:
  void keep_in(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    path_ = path;
    is_read_ = false;
    digests_.clear();
  }

  std::optional<Bytes> find(const Identity& identity) {
    const std::scoped_lock lock(mutex_);
    if (!is_read_) read();
    const auto found = digests_.find(identity);
    if (found == digests_.end()) return std::nullopt;
    return found->second;
  }

  void add(const Identity& identity, const Bytes& sha256) {
    const std::scoped_lock lock(mutex_);
    if (digests_.size() >= kMaxKept) digests_.clear();  // begins anew
    digests_[identity] = sha256;
    if (!path_.empty() && identity[2] >= kLarge) write();
  }

 private:
  void read() {
    is_read_ = true;
    if (path_.empty()) return;
    try {
      std::istringstream lines{std::string(as_chars(read_file(path_, kMaxKeptBytes)))};
      for (std::string line; std::getline(lines, line);) take(line);
    } catch (const Error&) {
      // There is none yet, or none that can be read.
    }
  }

  void take(const std::string& line) {
    std::istringstream fields(line);
    std::string digits;
    Identity identity{};
    fields >> digits;
    for (std::uint64_t& field : identity) fields >> field;
    const std::optional<Bytes> sha256 = from_hex(digits);
    if (fields && sha256) digests_[identity] = *sha256;
  }

  // All that is known of large files.
  void write() const {
    std::string text;
    for (const auto& [identity, sha256] : digests_) {
      if (identity[2] < kLarge) continue;
      text += fmt::format("{} {}\n", hex(sha256), fmt::join(identity, " "));
    }
    try {
      std::error_code ignored;
      fs::create_directories(fs::path(path_).parent_path(), ignored);
      write_file(path_, as_bytes(text));
    } catch (const Error&) {
      // A disk that is full or a home that may not be written costs time alone.
    }
  }

  std::mutex mutex_;
  std::string path_;
  bool is_read_ = false;
  std::map<Identity, Bytes> digests_;
};

Known& known() {
  static Known all;
  return all;
}

}  // namespace

FileDigest digest_of_file(const std::string& path) {
  const Identity identity = identity_of(path);
  if (auto sha256 = known().find(identity)) return {identity[2], std::move(*sha256)};
  Bytes sha256 = sha256_of_file(path);
  if (identity_of(path) != identity) throw Error(path + ": changed while it was read; try again");
  known().add(identity, sha256);
  return {identity[2], std::move(sha256)};
}

void keep_digests_in(const std::string& path) { known().keep_in(path); }

}  // namespace zipdream
