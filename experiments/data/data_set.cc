// SPDX-License-Identifier: Apache-2.0
#include "experiments/data/data_set.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "base/checksum.h"
#include "base/encodings.h"
#include "base/file_format.h"
#include "base/files.h"
#include "media/media_job.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "random:";
constexpr std::uint64_t kRandomSeed = 1;

// Everything below it that is no folder, sorted; a dangling link is there, and can't be read.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  try {
    for (auto entry = fs::recursive_directory_iterator(folder);
         entry != fs::recursive_directory_iterator(); ++entry) {
      const bool is_hidden = entry->path().filename().string().starts_with('.');
      if (is_hidden) entry.disable_recursion_pending();
      if (!is_hidden && !entry->is_directory()) files.push_back(entry->path().string());
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: cannot read it: {}", folder, error.code().message()));
  }
  if (files.empty()) throw Error(folder + ": no files are in this folder; name another");
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> files_like(const std::string& pattern) {
  std::vector<std::string> files = paths_like(pattern);
  std::erase_if(files, [](const std::string& path) { return fs::is_directory(path); });
  if (files.empty()) throw Error(pattern + ": no such file; check the path or the pattern");
  return files;
}

std::vector<std::string> files_of(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return files_in(path);
  if (fs::exists(fs::symlink_status(path, ignored))) return {path};
  return files_like(path);
}

// Of the first file of each; nothing of those that can't be read, which come up later.
Media guess_one_media(const std::string& word, const std::vector<std::string>& files) {
  std::optional<Media> media;
  std::string first;
  for (const std::string& file : files) {
    Bytes start;
    try {
      start = read_file_start(file, kFormatStartBytes);
    } catch (const Error&) {
      continue;
    }
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    const Media guess = media_of(start, error ? start.size() : size, file);
    if (media && *media != guess) {
      throw Error(
          fmt::format("{}: mixes media: {} is {}, {} is {}; name files of one kind by a "
                      "pattern ('{}/*.png'), or say what they are with `media`",
                      word, first, media_name(*media), file, media_name(guess), word));
    }
    media = guess;
    if (first.empty()) first = file;
  }
  return media.value_or(Media::kText);
}

DataSet find_random(const std::string& word) {
  const auto size = parse_size(word.substr(kRandom.size()));
  if (!size || *size == 0) {
    throw usage_error(fmt::format("{}: how many bytes? try random:1M", word));
  }
  return {.name = "random", .random_bytes = *size};
}

// "NAME=REST", unless there is a file of that name.
std::size_t size_of_name_prefix(const std::string& word) {
  const std::size_t equals = word.find('=');
  std::error_code ignored;
  const bool is_named = equals != std::string::npos && word.find('/') > equals &&
                        !fs::exists(fs::symlink_status(word, ignored));
  return is_named ? equals : 0;
}

std::string name_of(const std::string& path) {
  const fs::path trimmed = path.ends_with('/') ? fs::path(path).parent_path() : fs::path(path);
  std::error_code ignored;
  const bool is_pattern = path.find_first_of("*?[") != std::string::npos &&
                          !fs::exists(fs::symlink_status(path, ignored));
  const std::string name = (is_pattern ? trimmed.parent_path() : trimmed).filename().string();
  return name.empty() ? path : name;
}

// Random bytes that depend on their place alone.
class RandomBytes {
 public:
  explicit RandomBytes(std::uint64_t size) : rng_(kRandomSeed), left_(size) {}

  std::size_t read(std::span<Byte> buffer) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    for (Byte& byte : buffer.first(count)) {
      if (ready_ == 0) word_ = rng_.next();
      if (ready_ == 0) ready_ = sizeof word_;
      byte = static_cast<Byte>(word_ >> (8 * --ready_));
    }
    left_ -= count;
    return count;
  }

 private:
  Rng rng_;
  std::uint64_t left_;
  std::uint64_t word_ = 0;
  unsigned ready_ = 0;  // bytes of the word that are still to come
};

ByteSource limited(ByteSource source, std::uint64_t limit) {
  return [source = std::move(source), limit](std::span<Byte> buffer) mutable {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), limit));
    const std::size_t got = source(buffer.first(wanted));
    limit -= got;
    return got;
  };
}

Item from_memory(Pieces pieces) {
  auto left = std::make_shared<Bytes>(std::move(pieces.bytes));
  const auto read = [left, at = std::size_t{0}](std::span<Byte> buffer) mutable {
    const std::size_t count = std::min(buffer.size(), left->size() - at);
    std::copy_n(left->begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
    at += count;
    return count;
  };
  return {read, pieces.left_out};
}

Pieces decode(Media media, const std::string& path, std::size_t chunk) {
  const Bytes file = read_file(path);
  try {
    return media == Media::kImage ? image_patches(file, chunk) : audio_pieces(file, chunk);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace

std::uint64_t DataSet::stored_bytes() const {
  if (is_random()) return std::min(random_bytes, limit);
  std::uint64_t sum = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (!error) sum += size;
  }
  return media == Media::kText ? std::min(sum, limit) : sum;
}

std::uint32_t DataSet::fingerprint() const {
  std::string facts = fmt::format("{} {} {}\n", media_name(media), random_bytes, limit);
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    facts += fmt::format("{} {}\n", fs::path(file).filename().string(), error ? 0 : size);
  }
  return crc32_of(as_bytes(facts));
}

std::vector<std::string> paths_like(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> freed(&found, globfree);
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

std::string path_of_data(const std::string& word) {
  const std::size_t named = size_of_name_prefix(word);
  std::string path = named > 0 ? word.substr(named + 1) : word;
  return path.starts_with(kRandom) ? "" : path;
}

std::vector<std::string> files_of_data(const std::string& path) {
  try {
    return files_of(path);
  } catch (const Error&) {
    return {};
  }
}

DataSet find_data_set(const std::string& word, std::optional<Media> media) {
  const std::size_t named = size_of_name_prefix(word);
  const std::string path = named > 0 ? word.substr(named + 1) : word;
  DataSet data;
  if (path.starts_with(kRandom)) {
    data = find_random(path);
  } else {
    data.name = name_of(path);
    data.files = files_of(path);
    data.media = media ? *media : guess_one_media(path, data.files);
  }
  if (named > 0) data.name = word.substr(0, named);
  return data;
}

Item open_item(const DataSet& data, std::size_t index, std::size_t chunk) {
  if (data.is_random()) {
    auto bytes = std::make_shared<RandomBytes>(data.stored_bytes());
    return {[bytes](std::span<Byte> buffer) { return bytes->read(buffer); }};
  }
  const std::string& path = data.files[index];
  if (data.media != Media::kText) return from_memory(decode(data.media, path, chunk));
  auto file = std::make_shared<InputFile>(path);
  const ByteSource read = [file](std::span<Byte> buffer) { return file->read(buffer); };
  if (data.limit == UINT64_MAX) return {read};
  std::uint64_t before = 0;  // in the files that come first
  for (std::size_t i = 0; i < index; ++i) {
    before += InputFile(data.files[i]).size().value_or(0);
  }
  return {limited(read, data.limit - std::min(before, data.limit))};
}

std::string item_name(const DataSet& data, std::size_t index) {
  return data.is_random() ? data.name : data.files[index];
}

}  // namespace zipdream
