// SPDX-License-Identifier: Apache-2.0
#include "experiments/data/data_set.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
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

void skip(const ByteSource& source, std::uint64_t count) {
  Bytes piece(std::size_t{1} << 16);
  while (count > 0) {
    const std::span<Byte> wanted =
        std::span(piece).first(std::min<std::uint64_t>(count, piece.size()));
    if (source(wanted) < wanted.size()) return;
    count -= wanted.size();
  }
}

// What a file holds from that byte on.
ByteSource file_from(const std::string& path, std::uint64_t from) {
  auto file = std::make_shared<InputFile>(path);
  if (from > 0 && file->size()) {
    return [file, from](std::span<Byte> buffer) mutable {
      const std::size_t got = file->read_at(from, buffer);
      from += got;
      return got;
    };
  }
  ByteSource read = [file](std::span<Byte> buffer) { return file->read(buffer); };
  skip(read, from);
  return read;
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

Item open_item(const DataSet& data, std::size_t index, std::size_t chunk, std::uint64_t from) {
  if (data.is_random()) {
    auto bytes = std::make_shared<RandomBytes>(data.stored_bytes());
    const ByteSource read = [bytes](std::span<Byte> buffer) { return bytes->read(buffer); };
    skip(read, from);
    return {read};
  }
  const std::string& path = data.files[index];
  if (data.media != Media::kText) {
    Item item = from_memory(decode(data.media, path, chunk));
    skip(item.bytes, from);
    return item;
  }
  const ByteSource read = file_from(path, from);
  if (data.limit == UINT64_MAX) return {read};
  std::uint64_t before = from;  // and in the files that come first
  for (std::size_t i = 0; i < index; ++i) {
    before += InputFile(data.files[i]).size().value_or(0);
  }
  return {limited(read, data.limit - std::min(before, data.limit))};
}

std::optional<std::uint64_t> item_bytes(const DataSet& data, std::size_t index) {
  if (data.is_random()) return data.stored_bytes();
  if (data.media != Media::kText) return std::nullopt;
  std::uint64_t before = 0;
  try {
    for (std::size_t i = 0; i < index && data.limit != UINT64_MAX; ++i) {
      before += InputFile(data.files[i]).size().value_or(0);
    }
    const auto size = InputFile(data.files[index]).size();
    if (!size) return std::nullopt;
    return std::min(*size, data.limit - std::min(before, data.limit));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string item_name(const DataSet& data, std::size_t index) {
  return data.is_random() ? data.name : data.files[index];
}

namespace {

namespace fs = std::filesystem;

struct KnownFile {
  std::string_view data_set;
  std::uint64_t size;
  std::string_view md5;
};

// enwik8 and enwik9 as mattmahoney.net publishes them; the others are the beginnings of enwik8.
constexpr auto kFiles = std::to_array<KnownFile>({
    {"enwik9", 1'000'000'000, "e206c3450ac99950df65bf70ef61a12d"},
    {"enwik8", 100'000'000, "a1fa5ffddb56f4953e226637dabbb36a"},
    {"enwik6", 1'000'000, "83a2cefd8ca00049e0445542dabd25a0"},
    {"enwik8", 4'154'399, "f1e4e2c811309823bb4aff045d4883d4"},
});

struct KnownName {
  std::string_view data_set;
  Media media;  // what the figures are of
};
constexpr auto kNames = std::to_array<KnownName>({{"enwik6", Media::kText},
                                                  {"enwik8", Media::kText},
                                                  {"enwik9", Media::kText},
                                                  {"imagenet", Media::kImage},
                                                  {"librispeech", Media::kAudio},
                                                  {"random", Media::kText}});

constexpr std::string_view kPaper = "Table 1";
constexpr std::string_view kDslLab = "DSL-Lab";

// In percent. `model` is a codec's family, or the exact spec where the figure is of one.
struct Figure {
  std::string_view data_set;
  std::string_view model;
  bool whole;
  double rate;
  double adjusted;
  std::string_view called;
  std::string_view source;
};

// clang-format off
constexpr auto kFigures = std::to_array<Figure>({
    {"enwik9",      "gzip", true,  32.3,  32.3,  "gzip",  kPaper},
    {"imagenet",    "gzip", true,  70.7,  70.7,  "gzip",  kPaper},
    {"librispeech", "gzip", true,  36.4,  36.4,  "gzip",  kPaper},
    {"random",      "gzip", true,  100.0, 100.0, "gzip",  kPaper},
    {"enwik9",      "xz",   true,  23.0,  23.0,  "LZMA2", kPaper},
    {"imagenet",    "xz",   true,  57.9,  57.9,  "LZMA2", kPaper},
    {"librispeech", "xz",   true,  29.9,  29.9,  "LZMA2", kPaper},
    {"random",      "xz",   true,  100.0, 100.0, "LZMA2", kPaper},
    {"enwik9",      "png",  true,  42.9,  42.9,  "PNG",   kPaper},
    {"imagenet",    "png",  true,  58.5,  58.5,  "PNG",   kPaper},
    {"librispeech", "png",  true,  32.2,  32.2,  "PNG",   kPaper},
    {"random",      "png",  true,  100.0, 100.0, "PNG",   kPaper},
    {"enwik9",      "flac", true,  89.5,  89.5,  "FLAC",  kPaper},
    {"imagenet",    "flac", true,  61.9,  61.9,  "FLAC",  kPaper},
    {"librispeech", "flac", true,  30.9,  30.9,  "FLAC",  kPaper},
    {"random",      "flac", true,  107.8, 107.8, "FLAC",  kPaper},
    {"enwik9",      "gzip", false, 48.1,  48.1,  "gzip",  kPaper},
    {"imagenet",    "gzip", false, 68.6,  68.6,  "gzip",  kPaper},
    {"librispeech", "gzip", false, 38.5,  38.5,  "gzip",  kPaper},
    {"random",      "gzip", false, 100.1, 100.1, "gzip",  kPaper},
    {"enwik9",      "xz",   false, 50.0,  50.0,  "LZMA2", kPaper},
    {"imagenet",    "xz",   false, 62.4,  62.4,  "LZMA2", kPaper},
    {"librispeech", "xz",   false, 38.2,  38.2,  "LZMA2", kPaper},
    {"random",      "xz",   false, 100.0, 100.0, "LZMA2", kPaper},
    {"enwik9",      "png",  false, 80.6,  80.6,  "PNG",   kPaper},
    {"imagenet",    "png",  false, 61.7,  61.7,  "PNG",   kPaper},
    {"librispeech", "png",  false, 37.6,  37.6,  "PNG",   kPaper},
    {"random",      "png",  false, 103.2, 103.2, "PNG",   kPaper},
    {"enwik9",      "flac", false, 88.9,  88.9,  "FLAC",  kPaper},
    {"imagenet",    "flac", false, 60.9,  60.9,  "FLAC",  kPaper},
    {"librispeech", "flac", false, 30.3,  30.3,  "FLAC",  kPaper},
    {"random",      "flac", false, 107.2, 107.2, "FLAC",  kPaper},
    {"enwik9",      "200K", false, 30.9,  30.9,  "Transformer 200K", kPaper},
    {"imagenet",    "200K", false, 194.0, 194.0, "Transformer 200K", kPaper},
    {"librispeech", "200K", false, 146.6, 146.6, "Transformer 200K", kPaper},
    {"random",      "200K", false, 195.5, 195.5, "Transformer 200K", kPaper},
    {"enwik9",      "800K", false, 21.7,  21.9,  "Transformer 800K", kPaper},
    {"imagenet",    "800K", false, 185.1, 185.3, "Transformer 800K", kPaper},
    {"librispeech", "800K", false, 131.1, 131.3, "Transformer 800K", kPaper},
    {"random",      "800K", false, 200.1, 200.3, "Transformer 800K", kPaper},
    {"enwik9",      "3.2M", false, 17.0,  17.7,  "Transformer 3.2M", kPaper},
    {"imagenet",    "3.2M", false, 215.8, 216.5, "Transformer 3.2M", kPaper},
    {"librispeech", "3.2M", false, 228.2, 228.9, "Transformer 3.2M", kPaper},
    {"random",      "3.2M", false, 224.0, 224.7, "Transformer 3.2M", kPaper},
    {"enwik8",      "gzip", false, 49.14, 49.14, "gzip",  kDslLab},
    {"enwik8",      "xz",   false, 51.33, 51.33, "LZMA2", kDslLab},
    {"enwik8",      "200K", false, 31.59, 31.63, "Transformer 200K", kDslLab},
    {"enwik8",      "800K", false, 25.97, 26.13, "Transformer 800K", kDslLab},
    {"enwik8",      "3.2M", false, 18.53, 19.17, "Transformer 3.2M", kDslLab},
    // Sizes of whole files: 355,791, 281,323, 290,692 and 300,075 of a million bytes.
    {"enwik6",      "gzip:9",  true, 35.5791, 35.5791, "gzip -9",  "sizes"},
    {"enwik6",      "bzip2:9", true, 28.1323, 28.1323, "bzip2 -9", "sizes"},
    {"enwik6",      "xz:6",    true, 29.0692, 29.0692, "xz -6",    "sizes"},
    {"enwik6",      "zstd:19", true, 30.0075, 30.0075, "zstd -19", "sizes"},
    // 322,591,995, 253,977,839, 223,597,884, 215,674,670 and 197,331,816 of 10^9 bytes.
    {"enwik9",      "gzip:9",    true, 32.2591995, 32.2591995, "gzip -9",    "sizes"},
    {"enwik9",      "bzip2:9",   true, 25.3977839, 25.3977839, "bzip2 -9",   "sizes"},
    {"enwik9",      "brotli:11", true, 22.3597884, 22.3597884, "brotli -11", "sizes"},
    {"enwik9",      "zstd:22",   true, 21.567467,  21.567467,  "zstd -22",   "sizes"},
});
// clang-format on

// As the figures name it.
std::string_view family(const PublishedKey& key) {
  const std::string_view name = key.model.substr(0, key.model.find(':'));
  if (name == "gzip" || name == "zlib" || name == "deflate") return "gzip";
  if (name == "xz" || name == "lzma") return "xz";
  if (name == "png" || name == "flac") return name;
  if (name != "lm") return "";
  const auto is_about = [&](double count) {
    const auto parameters = static_cast<double>(key.parameters);
    return parameters > 0.7 * count && parameters < 1.4 * count;
  };
  if (is_about(200e3)) return "200K";
  if (is_about(800e3)) return "800K";
  return is_about(3.2e6) ? "3.2M" : "";
}

// Where there is nothing about a data set, one of the same kind will do.
std::string_view next_best(std::string_view data_set) {
  if (data_set == "enwik6") return "enwik8";
  return data_set == "enwik8" ? "enwik9" : "";
}

const Figure* find(std::string_view data_set, std::string_view model, bool whole) {
  const auto* const found = std::ranges::find_if(kFigures, [&](const Figure& figure) {
    return figure.data_set == data_set && figure.model == model && figure.whole == whole;
  });
  return found == kFigures.end() ? nullptr : found;
}

}  // namespace

Known recognise(const DataSet& data) {
  if (data.files.size() == 1 && data.media == Media::kText && data.limit == UINT64_MAX) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(data.files[0], error);
    for (const KnownFile& file : kFiles) {
      if (error || size != file.size || md5_of_file(data.files[0]) != file.md5) continue;
      return {std::string(file.data_set), "MD5"};
    }
  }
  if (data.limit != UINT64_MAX) return {};
  if (data.is_random()) return {"random", "name"};
  const auto* const found = std::ranges::find(kNames, data.name, &KnownName::data_set);
  if (found == kNames.end() || found->media != data.media) return {};
  return {data.name, "name"};
}

std::optional<Published> published_rate(const PublishedKey& key) {
  for (std::string_view data_set = key.data_set; !data_set.empty();
       data_set = next_best(data_set)) {
    const Figure* found = find(data_set, family(key), key.whole);
    if (found == nullptr) found = find(data_set, key.model, key.whole);
    if (found == nullptr) continue;
    return Published{found->rate / 100, found->adjusted / 100, found->called, found->data_set,
                     found->source};
  }
  return std::nullopt;
}

}  // namespace zipdream
