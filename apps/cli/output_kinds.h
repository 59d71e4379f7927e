// SPDX-License-Identifier: Apache-2.0
// What kinds of files the commands write, and what may stand under the name of each: an ending that
// promises nothing else, and, before it is replaced, nothing but what zipdream itself wrote.
#pragma once

#include <string>
#include <vector>

namespace zipdream {

enum class OutputKind {
  kSample,   // a text that was generated: any bytes
  kImage,    // PNG
  kAudio,    // WAV or FLAC
  kPage,     // HTML that shows a report
  kRecord,   // the results of a run, line by line; a run goes on from its own
  kArchive,  // .zd
  kContent,  // of an archive: any bytes
};

// Throws when no output of that kind may have that path.
//  - A usage Error for an ending that promises another format: photo.jpg for an image, which is
//    written as PNG. Endings that nothing is known of, and those of the files that it is `like`,
//    may be anything.
//  - An Error when there is a file that is not replaced. What may be is an empty file, a page, a
//    record (the run checks that it is its own), and an image or audio that holds no more than
//    zipdream writes, so no metadata; of a sample or an archive nobody can tell whose it is.
//    `force` replaces what may be written.
// Special files and "-" are written as they are.
struct OutputRules {
  bool force = false;
  std::vector<std::string> like;
};
void check_output(const std::string& path, OutputKind kind, const OutputRules& rules = {});

// Throws Error unless a training run may begin there: there is no such folder, or it holds nothing
// but hidden files. A usage Error for a name that promises a file: model.safetensors.
void check_new_folder(const std::string& path);

}  // namespace zipdream
