// SPDX-License-Identifier: Apache-2.0
// The models in a spec that learned beforehand, and so have files: an archive names them by their
// content, since nobody knows where they lie on the machine that reads it.
#pragma once

#include <string>
#include <vector>

#include "archive/format.h"
#include "zipdream/archive.h"
#include "zipdream/spec.h"

namespace zipdream {

// The models of files in a spec, the outer ones first.
[[nodiscard]] std::vector<Spec> learned_models(const Spec& spec);

// What these models learned, in the order in which the spec names them. Throws Error when a file
// is missing or can't be read. Digests are worked out once (base/checksum.h).
[[nodiscard]] std::vector<LearnedContent> learned_content(const Spec& spec);

// The spec with each such model under its mere name: the last part of its path, or `name` if that
// is not empty; models of one's own without a number.
[[nodiscard]] Spec portable_spec(Spec spec, const std::string& name = "");

// Where the models of an archive lie here: its spec with paths instead of names. They are taken
// from search.models if those are given, else looked for by their content in this order: under the
// name as it stands, beside the archive (`search.beside`), in the folders of the registry's row, in
// each of these first under the name, and last among the row's kept models. Throws ArchiveError
// that says what was looked for and, where there is another model of that name, what that is; a
// usage Error for search.models that name none.
[[nodiscard]] Spec find_learned_models(const ArchiveHeader& header, const ModelSearch& search);

}  // namespace zipdream
