// SPDX-License-Identifier: Apache-2.0
#include "generator/adapted_spec.h"

#include "zipdream/registry.h"

namespace zipdream {
namespace {

void adapt(Spec& spec, const MediaShape& shape) {
  const ModelInfo& info = *find_model_info(spec.name());
  if (info.adapt != nullptr) info.adapt(spec, shape);
  // What arithmetic coding wraps keeps to what it says: its streams have no job.
  if (info.inner != ModelInfo::Inner::kAfterOptions) return;
  for (Spec& inner : spec.inner()) adapt(inner, shape);
}

}  // namespace

Spec adapted_spec(Spec spec, const MediaJob& job, std::size_t bytes_before, bool has_window) {
  MediaShape shape{.rows = job.rows(), .samples = job.samples(), .has_window = has_window};
  if (shape.rows && bytes_before % (shape.rows->width * shape.rows->channels) != 0) {
    shape.rows.reset();
  }
  adapt(spec, shape);
  return spec;
}

}  // namespace zipdream
