// SPDX-License-Identifier: Apache-2.0
// A data set as an experiment sees it: items in a fixed order (files, or random bytes), each of
// which gives bytes piece by piece. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/media.h"
#include "zipdream/bytes.h"

namespace zipdream {

struct DataSet {
  std::string name;  // of the file or folder, or the one that NAME= says
  Media media = Media::kText;
  std::vector<std::string> files;  // sorted; none: random bytes
  std::uint64_t random_bytes = 0;
  std::uint64_t limit = UINT64_MAX;  // of a text or random bytes: no more than so many are taken

  [[nodiscard]] bool is_random() const { return files.empty(); }
  [[nodiscard]] std::size_t item_count() const { return is_random() ? 1 : files.size(); }

  // Bytes on the disk of all items; those that can't be read count nothing.
  [[nodiscard]] std::uint64_t stored_bytes() const;

  // What tells it from other data sets of that name: a CRC-32 over names and sizes of its files.
  [[nodiscard]] std::uint32_t fingerprint() const;
};

// The data set that a word names: "PATH", "NAME=PATH" or "random:SIZE", where PATH is a file, a
// folder (with all that is in it, but for hidden files) or a pattern of the shell. `media` says
// what the files are; without it, it is told by the content of each. Throws Error when nothing is
// there, a folder is empty, a file is of a format that is not read, or several media are mixed; a
// usage Error for a size that makes no sense.
[[nodiscard]] DataSet find_data_set(const std::string& word, std::optional<Media> media);

// What stands behind NAME= of such a word; "" for random bytes.
[[nodiscard]] std::string path_of_data(const std::string& word);

// The files of a data set's PATH, as find_data_set() would take them; none where nothing is there.
[[nodiscard]] std::vector<std::string> files_of_data(const std::string& path);

// What the pattern of the shell finds, folders included.
[[nodiscard]] std::vector<std::string> paths_like(const std::string& pattern);

// One item's bytes: those of a text or random ones as they are, an image's as gray patches and a
// audio's at 16 kHz and 8 bits in pieces of `chunk` bytes (media/media_job.h).
struct Item {
  ByteSource bytes;
  std::uint64_t left_out = 0;  // bytes that fill no chunk
};

// Throws Error when the item can't be read or is not of the medium. A text is read as its bytes are
// asked for, and may fail then. Begins with byte `from` of what the item gives.
// REQUIRES: index < item_count().
[[nodiscard]] Item open_item(const DataSet& data, std::size_t index, std::size_t chunk,
                             std::uint64_t from = 0);

// How many bytes a text or random bytes will give; nothing where that takes reading it, or it can't
// be read. REQUIRES: index < item_count().
[[nodiscard]] std::optional<std::uint64_t> item_bytes(const DataSet& data, std::size_t index);

// "DIR/x.png" of a file, "random" of random bytes: what errors call the item.
[[nodiscard]] std::string item_name(const DataSet& data, std::size_t index);

// Data sets that others have published figures about, and those figures: Table 1 of "Language
// Modeling Is Compression" (version 2) and sizes that are often compared with.

// Which data set it is, and how that is known.
struct Known {
  std::string data_set;  // "enwik8", "enwik9", "imagenet", "librispeech", "random"; "" if unknown
  std::string by;        // "MD5": it is that very file; "name": it was called so
};

// A single text by the digest of its bytes; others by their name ("imagenet=DIR"), if they are of
// the medium of the data set that is called so: the bytes of image files are no ImageNet.
// Reads a file to its end if it has the size of a known one. Throws Error when it can't.
[[nodiscard]] Known recognise(const DataSet& data);

// What a figure is compared with.
struct PublishedKey {
  std::string_view data_set;  // Known::data_set
  std::string_view model;     // a spec
  std::uint64_t parameters = 0;
  bool whole = false;  // all as one stream; else chunks of 2048 bytes
};

struct Published {
  double rate = 0;          // share of the raw size
  double adjusted = 0;      // the same with the model's parameters, of 1 GB
  std::string_view model;   // as it is called there: "LZMA2"
  std::string_view data;    // on what: "enwik9"
  std::string_view source;  // "Table 1", "DSL-Lab", ...
};

// The published figure that is nearest to this; nothing where there is none.
[[nodiscard]] std::optional<Published> published_rate(const PublishedKey& key);

}  // namespace zipdream
