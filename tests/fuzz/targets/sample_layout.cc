// SPDX-License-Identifier: Apache-2.0
// The first bytes of a file of pixels or samples: what is found lies behind them or in them, in
// units that archives can cut, and by models that there are.
// libFuzzer: -max_len=400
#include "archive/sample_layout.h"

#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {

void fuzz(ByteView data) {
  const auto layout = find_samples(data);
  if (!layout) return;
  check(layout->first <= data.size(), "samples that begin behind the head");
  check(layout->size > 0 && layout->unit > 0, "samples of no size");
  check(layout->unit < (std::size_t{1} << 20), "a row that no block holds");
  check(!layout->models.empty() && !layout->what.empty(), "samples of no model");
  for (const std::string& model : layout->models) (void)make_predictor(Spec::parse(model));
}

}  // namespace zipdream
