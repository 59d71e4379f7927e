// SPDX-License-Identifier: Apache-2.0
// A spec may be any text. One that is accepted has a canonical form that is accepted too and is its
// own, if it is of a codec or can be one.
// libFuzzer: -max_len=200
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_model.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {

void fuzz(ByteView data) {
  const std::string text(as_chars(data));
  if (text.size() > 200 || text.find("lm:") != std::string::npos) return;  // names files
  std::optional<Spec> spec;
  if (!accepts([&] { spec = Spec::parse(text); })) return;
  accepts([&] {
    const auto model = make_predictor(*spec, {});
    std::vector<double> log2_probs(model->alphabet_size());
    model->log2_probs(log2_probs);
  });
  accepts([&] { (void)make_decoder_sampler(*spec); });
  accepts([&] { (void)make_codec(*spec); });
  accepts([&] {
    const std::string canonical = canonical_spec(*spec);
    check(canonical_spec(Spec::parse(canonical)) == canonical, "a canonical spec has another one");
  });
}

}  // namespace zipdream
