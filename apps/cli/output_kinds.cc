// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/output_kinds.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;

// ---- endings ----

// Endings that say what is in a file, by what that is. A sample of text may be any text.
constexpr std::string_view kTexts = " txt md rst log csv tsv tex xml svg yaml yml toml ini ";
constexpr std::string_view kPages = " html htm xhtml ";
constexpr std::string_view kRecords = " json jsonl ndjson ";
constexpr std::string_view kArchives = " zd ";
constexpr std::string_view kImages = " png ";
constexpr std::string_view kAudios = " wav wave flac ";
constexpr std::string_view kOthers =
    " jpg jpeg jpe jfif gif bmp dib tif tiff webp avif heic heif ico tga svgz psd exr hdr jp2 "
    "pbm pgm ppm pnm mp3 mp2 ogg oga opus m4a aac wma aif aiff aifc au snd caf w64 rf64 mid midi "
    "mp4 m4v mkv mov avi webm wmv pdf ps eps epub doc docx odt xls xlsx ods ppt pptx "
    "gz tgz bz2 tbz xz txz lzma zst tzst br lz4 zip 7z rar tar jar deb rpm iso "
    "safetensors gguf ggml pt pth ckpt onnx npy npz pkl h5 so exe dll class wasm pyc sqlite ";

// Behind the last dot of the name, in lower case; "" if there is none.
std::string ending_in(const std::string& path) {
  std::string ending = fs::path(path).extension().string();
  if (ending.empty()) return ending;
  ending.erase(0, 1);
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

bool holds(std::string_view list, const std::string& ending) {
  return !ending.empty() && ending.find(' ') == std::string::npos &&
         list.find(fmt::format(" {} ", ending)) != list.npos;
}

// What an output of that kind is, the endings that promise nothing else, and what to do.
struct KindName {
  std::string_view what;
  std::string_view as;
  std::array<std::string_view, 3> fitting;
};

KindName name_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::kSample:
      return {"a text", "text", {kTexts, kPages, kRecords}};
    case OutputKind::kImage:
      return {"an image", ".png", {kImages}};
    case OutputKind::kAudio:
      return {"audio", ".wav or .flac", {kAudios}};
    case OutputKind::kPage:
      return {"a page", ".html", {kPages}};
    case OutputKind::kRecord:
      return {"a record", "lines of JSON, .jsonl", {kRecords, " txt log "}};
    case OutputKind::kArchive:
      return {"an archive", ".zd", {kArchives}};
    case OutputKind::kContent:
      return {};
  }
  return {};
}

bool promises_something(const std::string& ending) {
  return std::ranges::any_of(
      std::array{kTexts, kPages, kRecords, kArchives, kImages, kAudios, kOthers},
      [&](std::string_view list) { return holds(list, ending); });
}

// ---- what stands there ----

// A number of 4 bytes.
std::uint32_t big_endian(ByteView bytes) {
  std::uint32_t number = 0;
  for (const Byte byte : bytes.first(4)) number = number << 8 | byte;
  return number;
}

std::uint32_t little_endian(ByteView bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number |= std::uint32_t{bytes[i]} << (8 * i);
  return number;
}

// `count` bytes at that offset; empty where there are fewer.
Bytes bytes_at(const InputFile& file, std::uint64_t offset, std::size_t count) {
  Bytes bytes(count);
  if (file.read_at(offset, bytes) < count) bytes.clear();
  return bytes;
}

constexpr int kMaxChunks = 1 << 20;  // no file of ours has as many

// Nothing but pixels: IHDR, IDAT and IEND, and no more bytes.
bool is_bare_png(const InputFile& file) {
  constexpr auto kSignature = "\x89PNG\r\n\x1a\n"sv;
  if (as_chars(bytes_at(file, 0, kSignature.size())) != kSignature) return false;
  std::uint64_t at = kSignature.size();
  for (int i = 0; i < kMaxChunks; ++i) {
    const Bytes head = bytes_at(file, at, 8);
    if (head.empty()) return false;
    const std::string_view type = as_chars(ByteView(head).last(4));
    at += std::uint64_t{big_endian(head)} + 12;
    if (type == "IEND") return at == *file.size();
    if (type != "IHDR" && type != "IDAT") return false;
  }
  return false;
}

// Nothing but samples: "fmt ", "fact" and "data".
bool is_bare_wav(const InputFile& file) {
  const Bytes head = bytes_at(file, 0, 12);
  if (head.empty() || as_chars(ByteView(head).first(4)) != "RIFF" ||
      as_chars(ByteView(head).last(4)) != "WAVE") {
    return false;
  }
  std::uint64_t at = head.size();
  for (int i = 0; i < kMaxChunks && at < *file.size(); ++i) {
    const Bytes chunk = bytes_at(file, at, 8);
    if (chunk.empty()) return false;
    const std::string_view type = as_chars(ByteView(chunk).first(4));
    if (type != "fmt " && type != "fact" && type != "data") return false;
    const std::uint32_t size = little_endian(ByteView(chunk).last(4));
    at += std::uint64_t{size} + size % 2 + 8;
  }
  return true;
}

// A block of metadata that says nothing: the stream's own numbers, places to seek to, padding, or a
// list of comments with none in it.
bool says_nothing(const InputFile& file, std::uint64_t at, unsigned kind, std::uint32_t size) {
  constexpr unsigned kStreamInfo = 0;
  constexpr unsigned kPadding = 1;
  constexpr unsigned kSeekTable = 3;
  constexpr unsigned kComments = 4;
  if (kind != kComments) return kind == kStreamInfo || kind == kPadding || kind == kSeekTable;
  const Bytes vendor_size = bytes_at(file, at, 4);
  if (vendor_size.empty()) return false;
  const std::uint64_t count_at = std::uint64_t{4} + little_endian(vendor_size);
  const Bytes count = bytes_at(file, at + count_at, 4);
  return !count.empty() && count_at + 4 == size && little_endian(count) == 0;
}

bool is_bare_flac(const InputFile& file) {
  if (as_chars(bytes_at(file, 0, 4)) != "fLaC") return false;
  std::uint64_t at = 4;
  for (int i = 0; i < kMaxChunks; ++i) {
    const Bytes head = bytes_at(file, at, 4);
    if (head.empty()) return false;
    const std::uint32_t size = big_endian(head) & 0xffffff;
    if (!says_nothing(file, at + 4, head[0] & 0x7fU, size)) return false;
    if ((head[0] & 0x80U) != 0) return true;
    at += std::uint64_t{4} + size;
  }
  return false;
}

bool is_page(const InputFile& file) {
  constexpr std::size_t kHead = 1024;
  Bytes start(kHead);
  start.resize(file.read_at(0, start));
  const std::string_view text = as_chars(start);
  return text.starts_with("<!DOCTYPE html>\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n") &&
         text.find("<title>zipdream</title>") != text.npos;
}

// Or what a kill left of one before its first line was whole.
bool is_record(const InputFile& file) {
  constexpr auto kStart = R"({"zipdream_record":)"sv;
  Bytes start(kStart.size());
  start.resize(file.read_at(0, start));
  return kStart.starts_with(as_chars(start));
}

bool is_own(const InputFile& file, OutputKind kind) {
  switch (kind) {
    case OutputKind::kImage:
      return is_bare_png(file);
    case OutputKind::kAudio:
      return is_bare_wav(file) || is_bare_flac(file);
    case OutputKind::kPage:
      return is_page(file);
    case OutputKind::kRecord:
      return is_record(file);
    case OutputKind::kSample:
    case OutputKind::kArchive:
    case OutputKind::kContent:
      return false;
  }
  return false;
}

Error refusal(const std::string& path, OutputKind kind) {
  switch (kind) {
    case OutputKind::kPage:
      return Error(Error::Kind::kFailure, path, "is there already, and is no page of zipdream's",
                   "name another file");
    case OutputKind::kRecord:
      return Error(Error::Kind::kFailure, path, "is there already, and is no record of a run",
                   "name another file");
    case OutputKind::kImage:
    case OutputKind::kAudio:
      return Error(
          Error::Kind::kFailure, path,
          fmt::format("is there already, and is not {} as zipdream writes it", name_of(kind).what),
          "`force` overwrites it");
    case OutputKind::kSample:
    case OutputKind::kArchive:
    case OutputKind::kContent:
      break;
  }
  return Error(Error::Kind::kFailure, path, "is there already", "`force` overwrites it");
}

void check_ending(const std::string& path, OutputKind kind, const OutputRules& rules) {
  const std::string ending = ending_in(path);
  const auto has_it = [&](const std::string& other) { return ending_in(other) == ending; };
  if (kind == OutputKind::kContent || std::ranges::any_of(rules.like, has_it)) return;
  const KindName name = name_of(kind);
  const bool fits =
      std::ranges::any_of(name.fitting, [&](std::string_view list) { return holds(list, ending); });
  if (fits || !promises_something(ending)) return;
  throw Error(Error::Kind::kUsage, path, fmt::format("{} is written as {}", name.what, name.as),
              "change the ending");
}

void check_existing(const std::string& path, OutputKind kind) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return;
  constexpr mode_t kWritable = S_IWUSR | S_IWGRP | S_IWOTH;
  if ((status.st_mode & kWritable) == 0) {
    throw Error(Error::Kind::kFailure, path, "is there already, and is write-protected",
                "name another file");
  }
  const bool is_archive = kind == OutputKind::kArchive || kind == OutputKind::kContent;
  if (status.st_size == 0 && !is_archive) return;
  if (!is_own(InputFile(path), kind)) throw refusal(path, kind);
}

}  // namespace

void check_output(const std::string& path, OutputKind kind, const OutputRules& rules) {
  if (path == "-" || is_special_file(path)) return;
  check_ending(path, kind, rules);
  if (!rules.force) check_existing(path, kind);
}

void check_new_folder(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    if (!promises_something(ending_in(path))) return;
    throw Error(Error::Kind::kUsage, path, "a model is written as a folder of files",
                "name it without the ending");
  }
  if (!fs::is_directory(status)) {
    throw Error(Error::Kind::kFailure, path, "is there already, and is no folder",
                "name another folder");
  }
  for (auto entry = fs::directory_iterator(path, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    throw Error(Error::Kind::kFailure, path,
                fmt::format("holds files that are no run's ({})", name), "name a new folder");
  }
  if (error) throw Error(fmt::format("{}: cannot read it: {}", path, error.message()));
}

}  // namespace zipdream
