// SPDX-License-Identifier: Apache-2.0
// Archives whose model is chosen by the content. A file of pixels or samples (sample_layout.h)
// becomes archives one after the other: of what stands before them, of the samples by the model of
// their kind, of what stands behind them. Any other file is one archive.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "archive/archive_model.h"
#include "zipdream/archive.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The model of a spec.
using MakeModel = std::function<std::shared_ptr<const ArchiveModel>(const std::string& spec)>;

struct AutomaticSizes {
  ArchiveSizes sizes;  // of all archives together
  std::string chosen;  // for people: "arith:image:width=640 as an image of 640x480 pixels, gray"
};

// Whether the samples' own model is taken is found out by trying it on a part of them against
// kGeneralModel, which takes all files without samples. options.block_size is an upper bound:
// blocks of samples have whole rows or frames. Throws as compress_stream() does.
AutomaticSizes compress_automatically(const ByteSource& content, const ByteSink& archive,
                                      const MakeModel& make, const CompressOptions& options);

}  // namespace zipdream
