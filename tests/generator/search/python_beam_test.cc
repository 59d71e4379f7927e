// SPDX-License-Identifier: Apache-2.0
// Beam search by Python's zlib, as gzipt does it: where python3 is installed, its bytes are ours.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "base/files.h"
#include "generator/search/beam.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/search/search_cases.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

// Prints the version of zlib, then what comes of each "level window tail horizon width count".
constexpr std::string_view kScript = R"(
import sys, zlib
corpus, prompt = (open(name, 'rb').read() for name in sys.argv[1:3])
print(zlib.ZLIB_RUNTIME_VERSION)
alphabet = [bytes([b]) for b in sorted(set(corpus + prompt))]
for case in sys.argv[3:]:
    level, window, tail, horizon, width, count = map(int, case.split())
    text = b''
    while len(text) < count:
        encoder = zlib.compressobj(level)
        start = len(encoder.compress(corpus[:window] + (prompt + text)[-tail:]))
        beams = [(start, b'')]
        for _ in range(horizon):
            candidates = []
            for _, beam in beams:
                for symbol in alphabet:
                    copy = encoder.copy()
                    length = start + len(copy.compress(beam + symbol)) + len(copy.flush())
                    candidates.append((length, beam + symbol))
            beams = sorted(candidates, key=lambda candidate: candidate[0])[:width]
        text += beams[0][1]
    print(text[:count].hex())
)";

struct BeamCase {
  int level;
  std::size_t window;
  std::size_t tail;
  std::size_t horizon;
  std::size_t width;
  std::size_t count;
};

std::vector<std::string> python_lines(ByteView corpus, ByteView prompt,
                                      const std::vector<BeamCase>& cases) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", corpus);
  write_file(folder / "prompt", prompt);
  write_file(folder / "beam.py", as_bytes(kScript));
  std::string command = "python3 '" + folder / "beam.py" + "'";
  for (const char* name : {"corpus", "prompt"}) command += " '" + folder / name + "'";
  for (const BeamCase& each : cases) {
    command += " '";
    for (const std::size_t number : {static_cast<std::size_t>(each.level), each.window, each.tail,
                                     each.horizon, each.width, each.count}) {
      command += std::to_string(number) + " ";
    }
    command += "'";
  }
  command += " >'" + folder / "lines" + "' 2>/dev/null";
  if (std::system(command.c_str()) != 0) return {};
  std::ifstream file(folder / "lines");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string our_line(ByteView corpus, std::string_view prompt, const BeamCase& each) {
  PredictorOptions options;
  options.units = Units::kBytes;
  options.probs = Probs::kLengths;
  options.corpus.assign(corpus.begin(), corpus.begin() + static_cast<std::ptrdiff_t>(
                                                             std::min(each.window, corpus.size())));
  options.alphabet = seen_alphabet(corpus, as_bytes(prompt));
  const auto method = make_beam_search(
      {make_scorer(Spec::parse("zlib:" + std::to_string(each.level)), std::move(options)),
       each.tail,
       {}},
      {.horizon = each.horizon, .width = each.width, .sampler = {.temperature = 0}});
  std::string hex;
  for (const Byte byte : continued(*method, prompt, each.count, 1)) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

class PythonBeams : public testing::TestWithParam<SampleKind> {};

TEST_P(PythonBeams, AreOurs) {
  const Bytes corpus = GetParam().make(3000, 1);
  const std::string prompt = "\n" + std::string(as_chars(ByteView(corpus).subspan(1000, 50)));
  const bool costly = seen_alphabet(corpus, {}).size() > 100;
  std::vector<BeamCase> cases;
  for (int level = 1; level <= 9; level += costly ? 4 : 1) {
    const auto n = static_cast<std::size_t>(level);
    BeamCase each{level, n % 2 == 0 ? 30000 : 250 * n, 10 * n, 3 + n % 4, 1 + n % 6, 7 + n};
    if (costly) each = {level, each.window, each.tail, 2, 1 + n % 2, 3};
    cases.push_back(each);
  }
  const std::vector<std::string> lines = python_lines(corpus, as_bytes(prompt), cases);
  if (lines.empty()) GTEST_SKIP() << "no python3 with zlib";
  if (lines[0] != zlibVersion()) GTEST_SKIP() << "python3 has zlib " << lines[0];
  ASSERT_EQ(lines.size(), cases.size() + 1);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(our_line(corpus, prompt, cases[i]), lines[i + 1]) << "level " << cases[i].level;
  }
}

INSTANTIATE_TEST_SUITE_P(AfterCorpora, PythonBeams,
                         testing::ValuesIn(sample_kinds().begin(), sample_kinds().end()),
                         [](const auto& test) {
                           std::string name(test.param.name);
                           std::erase(name, ' ');
                           return name;
                         });

}  // namespace
}  // namespace zipdream
