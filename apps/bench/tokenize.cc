// SPDX-License-Identifier: Apache-2.0
// Tokenizers on files: how many tokens, how fast, and whether the bytes come back.
// Usage: tokenize TOKENIZER FILE...        a table, a row for each file; exit 1 if any does not
//                                          come back
//        tokenize --ids TOKENIZER FILE     the ids of a file, separated by spaces
//        tokenize --each TOKENIZER FILE    those of each of its texts, which bytes 1E separate;
//                                          exit 1 if any does not come back
//        tokenize --special TOKENIZER FILE the same, with control tokens read
//        tokenize --train SIZE FILE...     a tokenizer.json of that many tokens to standard output
// TOKENIZER is a model's folder, a tokenizer's file, or "bytes"; FILE may be "-".
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "models/tokenizers/tokenizer.h"
#include "models/tokenizers/train_bpe.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::unique_ptr<Tokenizer> open_tokenizer(const std::string& name) {
  return name == "bytes" ? make_byte_tokenizer() : load_tokenizer(name);
}

int print_table(const Tokenizer& tokenizer, std::span<const std::string> paths) {
  bool all_came_back = true;
  fmt::print("{:>10} {:>10} {:>12} {:>8}  back  file\n", "bytes", "tokens", "bytes/token", "MB/s");
  for (const std::string& path : paths) {
    const Bytes text = read_file(path);
    const double start = processor_seconds();
    const std::vector<Symbol> symbols = tokenizer.encode(text);
    const double seconds = processor_seconds() - start;
    const bool came_back = decode(tokenizer, symbols) == text;
    all_came_back = all_came_back && came_back;
    const auto bytes = static_cast<double>(text.size());
    fmt::print("{:>10} {:>10} {:>12.3f} {:>8.2f}  {:<4}  {}\n", text.size(), symbols.size(),
               bytes / static_cast<double>(symbols.size()), bytes / 1e6 / seconds,
               came_back ? "yes" : "NO", path);
  }
  return all_came_back ? 0 : 1;
}

int print_ids(const Tokenizer& tokenizer, const std::string& path) {
  fmt::print("{}\n", fmt::join(tokenizer.encode(read_file(path)), " "));
  return 0;
}

int print_each(const Tokenizer& tokenizer, const std::string& path, bool special) {
  constexpr Byte kSeparator = 0x1E;
  const Bytes file = read_file(path);
  bool all_came_back = true;
  for (ByteView rest = file; !rest.empty();) {
    const auto end = static_cast<std::size_t>(std::ranges::find(rest, kSeparator) - rest.begin());
    const ByteView text = rest.first(end);
    rest = rest.subspan(std::min(end + 1, rest.size()));
    const std::vector<Symbol> symbols =
        special ? tokenizer.encode_special(text, true) : tokenizer.encode(text);
    if (!special && !std::ranges::equal(decode(tokenizer, symbols), text)) all_came_back = false;
    fmt::print("{}\n", fmt::join(symbols, " "));
  }
  return all_came_back ? 0 : 1;
}

int train(const std::string& size, std::span<const std::string> paths) {
  std::vector<Bytes> files;
  for (const std::string& path : paths) files.push_back(read_file(path));
  const std::vector<ByteView> texts(files.begin(), files.end());
  const double start = processor_seconds();
  const std::string json = train_bpe(texts, std::stoul(size));
  fmt::print(stderr, "{:.2f} s of CPU time\n", processor_seconds() - start);
  write_file("-", as_bytes(json));
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const std::span<const std::string> all(arguments);
  if (all.size() == 3 && all[0] == "--ids") return print_ids(*open_tokenizer(all[1]), all[2]);
  if (all.size() == 3 && (all[0] == "--each" || all[0] == "--special")) {
    return print_each(*open_tokenizer(all[1]), all[2], all[0] == "--special");
  }
  if (all.size() >= 3 && all[0] == "--train") return train(all[1], all.subspan(2));
  if (all.size() < 2 || all[0].starts_with("--")) {
    throw usage_error(
        "usage: tokenize [--ids|--each|--special] TOKENIZER FILE... | tokenize --train SIZE "
        "FILE...");
  }
  const double start = processor_seconds();
  const std::unique_ptr<Tokenizer> tokenizer = open_tokenizer(all[0]);
  fmt::print("{} tokens, loaded in {:.3f} s\n", tokenizer->size(), processor_seconds() - start);
  return print_table(*tokenizer, all.subspan(1));
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run({argv + 1, argv + argc}); });
}
