// SPDX-License-Identifier: Apache-2.0
// .zd archives: content of any length, cut into blocks that are coded each for itself by any model,
// and checked one by one (docs/format.md). What is written does not depend on the number of
// threads. Stable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {

struct CompressOptions {
  std::size_t block_size = std::size_t{1} << 24;  // 1 KiB to 64 MiB
  std::optional<std::uint64_t> raw_size;          // of all of the content, if it is known
};

// Where the models that an archive was made with may be, if they learned beforehand and so have
// files. The archive knows them by their content alone.
struct ModelSearch {
  // Their paths, or specs; the first that fits is taken. Empty: they are looked for under their
  // name, then in `beside`, then in the folders of models (README).
  std::vector<std::string> models;
  std::string beside;  // the archive's folder; "": nowhere
};

struct DecompressOptions {
  ModelSearch search;
  std::uint64_t max_size = std::uint64_t{1} << 30;  // bytes of content that are held in memory
};

struct ArchiveSizes {
  std::uint64_t raw_bytes = 0;
  std::uint64_t archive_bytes = 0;
  std::uint64_t blocks = 0;
};

// The archive of `content`. A codec writes its own streams; a model that is no codec codes by its
// probabilities, as "arith:MODEL" does. Throws as make_codec() does.
[[nodiscard]] ZIPDREAM_API Bytes compress(ByteView content, const Spec& model,
                                          const CompressOptions& options = {});

// Writes the archive of all that `content` gives. Throws as compress() and its arguments do.
ZIPDREAM_API ArchiveSizes compress(const ByteSource& content, const ByteSink& archive,
                                   const Spec& model, const CompressOptions& options = {},
                                   const OnCoded& on_coded = {});

// What codes a content that holds no pixels and no samples, where nobody says what shall.
inline constexpr std::string_view kGeneralModel = "ppm:6";

// Writes archives of all that `content` gives, by models that are chosen by the content: PNM, BMP
// and WAV files, which hold pixels and samples as they are, become three archives one after the
// other, with these by `image` or `audio` in the middle, where that is smaller; any other content
// is one archive by kGeneralModel. `chosen`, if it isn't null, gets for people what was chosen.
// Throws as compress() does. Experimental.
ZIPDREAM_API ArchiveSizes compress_by_content(const ByteSource& content, const ByteSink& archive,
                                              const CompressOptions& options = {},
                                              const OnCoded& on_coded = {},
                                              std::string* chosen = nullptr);

// The content of an archive, or of several one after the other; at most options.max_size bytes.
// Total: any bytes give a result or an Error.
[[nodiscard]] ZIPDREAM_API Bytes decompress(ByteView archive,
                                            const DecompressOptions& options = {});

// Writes the content of the archives that are all that the source gives, and checks everything
// there is to check. What the sink got is right in any case, and complete on return.
ZIPDREAM_API ArchiveSizes decompress(const ByteSource& archive, const ByteSink& content,
                                     const ModelSearch& search = {}, const OnCoded& on_coded = {});

}  // namespace zipdream
