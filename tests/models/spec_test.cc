// SPDX-License-Identifier: Apache-2.0
#include "zipdream/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kRounds = 4000;

std::string canonical(std::string_view text) { return Spec::parse(text).canonical(); }

// What parsing throws; it is of one line, so that it can be shown as it is.
std::string message_of(std::string_view text) {
  try {
    static_cast<void>(Spec::parse(text));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage);
    for (const char c : std::string_view(error.what())) {
      EXPECT_FALSE(static_cast<unsigned char>(c) < ' ' || c == 127) << error.what();
    }
    return error.what();
  }
  return "no error";
}

std::size_t below(Rng& rng, std::size_t count) { return rng.next() % count; }

TEST(Spec, HasANameOptionsAndDefaults) {
  const Spec spec = Spec::parse("png:7,channels=3,width=640");
  EXPECT_EQ(spec.name(), "png");
  EXPECT_EQ(spec.number("level"), 7U);
  EXPECT_EQ(spec.number("width"), 640U);
  EXPECT_EQ(spec.number("channels"), 3U);
  EXPECT_EQ(spec.text(), "png:7,width=640,channels=3") << "in the order of the row";
  EXPECT_FALSE(Spec::parse("png").has("level"));
  EXPECT_EQ(Spec::parse("gzip").number("level"), 6U);
  EXPECT_EQ(Spec::parse("gzip:").text(), "gzip");
  EXPECT_EQ(Spec::parse("gzip:level=9").text(), "gzip:9");
  EXPECT_EQ(Spec::parse("xz:6e").get("level"), "6e");
}

TEST(Spec, HasModelsWithin) {
  const Spec spec = Spec::parse("arith:residual:med,width=40:xz:9e");
  ASSERT_EQ(spec.inner().size(), 1U);
  const Spec& residual = spec.inner()[0];
  EXPECT_EQ(residual.get("kind"), "med");
  EXPECT_EQ(residual.number("width"), 40U);
  ASSERT_EQ(residual.inner().size(), 1U);
  EXPECT_EQ(residual.inner()[0].text(), "xz:9e");
}

TEST(Spec, LeavesOutTheOptionsOfAModelMadeOfAnother) {
  const Spec bare = Spec::parse("bytes:lm:a");
  EXPECT_EQ(bare.number("hypotheses"), 8U);
  EXPECT_EQ(bare.inner()[0].text(), "lm:a");
  EXPECT_EQ(Spec::parse("bytes:prune=9:lm:a").number("prune"), 9U);
  EXPECT_EQ(canonical("bytes:lm:a"), canonical(canonical("bytes:lm:a")));
  EXPECT_TRUE(bare == Spec::parse("bytes:8,prune=16:lm:a"));
  EXPECT_THROW((void)Spec::parse("bytes:lm"), Error);
  EXPECT_THROW((void)Spec::parse("bytes:8"), Error);
  EXPECT_THROW((void)Spec::parse("bytes"), Error);
  EXPECT_THROW((void)Spec::parse("bytes:0:lm:a"), Error);
}

TEST(Spec, HasAListOfModelsForAMixture) {
  const Spec spec = Spec::parse("mix:gzip:9+residual:med,width=3:cm+lm:english,weights=int8+xz:6e");
  ASSERT_EQ(spec.inner().size(), 4U);
  EXPECT_EQ(spec.inner()[0].number("level"), 9U);
  EXPECT_EQ(spec.inner()[1].inner()[0].text(), "cm");
  EXPECT_EQ(spec.inner()[2].get("path"), "english");
  EXPECT_EQ(spec.inner()[3].text(), "xz:6e");
  EXPECT_EQ(canonical("mix:gzip+cm"), "mix:gzip:6+cm:4");
  EXPECT_EQ(canonical("avg:gzip+stored"), "avg:50:gzip:6+stored");
  EXPECT_EQ(canonical("avg:share=007:gzip+stored"), "avg:7:gzip:6+stored");
  EXPECT_TRUE(Spec::parse("avg:50:ppm+cm") == Spec::parse("avg:ppm:6+[cm:4]"));
  EXPECT_FALSE(Spec::parse("mix:ppm+cm") == Spec::parse("mix:cm+ppm"));
  EXPECT_EQ(Spec::parse("mix:cm+gzip:9@dream").suffix(), "dream");
}

TEST(Spec, HandsAListToTheInnermostMixtureUnlessABracketEndsIt) {
  const Spec spec = Spec::parse("mix:gzip:9+avg:cm+ppm:6");
  ASSERT_EQ(spec.inner().size(), 2U);
  EXPECT_EQ(spec.inner()[1].inner().size(), 2U);
  EXPECT_EQ(spec.text(), "mix:gzip:9+[avg:cm+ppm:6]");
  const Spec bracketed = Spec::parse("mix:[avg:9:cm+ppm:6]+gzip:9");
  ASSERT_EQ(bracketed.inner().size(), 2U);
  EXPECT_EQ(bracketed.text(), "mix:[avg:9:cm+ppm:6]+gzip:9");
  EXPECT_EQ(Spec::parse("avg:[mix:cm+ppm]+gzip").inner()[0].name(), "mix");
  EXPECT_EQ(Spec::parse("arith:mix:[residual:left:avg:cm+ppm:2]+xz").text(),
            "arith:mix:[residual:left:avg:cm+ppm:2]+xz");
  EXPECT_EQ(Spec::parse("mix:[cm]+ppm").text(), "mix:cm+ppm") << "where none is needed they go";
}

TEST(Spec, QuotesMoreWithinAList) {
  EXPECT_EQ(Spec::parse("lm:c++[1]").get("path"), "c++[1]") << "alone it means nothing else";
  EXPECT_EQ(Spec::parse("lm:c++[1]").canonical(), "lm:c++[1]");
  EXPECT_EQ(Spec::parse("mix:lm:\"c++[1]\"+cm").inner()[0].get("path"), "c++[1]");
  EXPECT_EQ(canonical("mix:lm:\"c++\"+cm"), "mix:lm:\"c++\"+cm:4");
  EXPECT_EQ(Spec::parse("mix:lm:c+cm").inner()[0].get("path"), "c");
}

TEST(Spec, HasASuffixForWhoAsked) {
  EXPECT_EQ(Spec::parse("gzip:9@dream").suffix(), "dream");
  EXPECT_EQ(Spec::parse("lm:english@1/40").suffix(), "1/40");
  EXPECT_EQ(Spec::parse("arith:ppm@beam").suffix(), "beam") << "of the whole, not of ppm";
  EXPECT_EQ(Spec::parse("arith:ppm@beam").inner()[0].suffix(), "");
  EXPECT_EQ(Spec::parse("gzip:9@\"a:b\"").suffix(), "a:b");
  EXPECT_EQ(canonical("gzip@dream"), "gzip:6@dream");
}

TEST(Spec, HasOneSpellingForOneMeaning) {
  EXPECT_EQ(canonical("gzip"), "gzip:6");
  EXPECT_EQ(canonical("gzip:09"), "gzip:9");
  EXPECT_EQ(canonical("xz:06e"), "xz:6e");
  EXPECT_EQ(canonical("stored"), "stored");
  EXPECT_EQ(canonical("png:9,channels=1"), "png:9");
  EXPECT_EQ(canonical("png:channels=3,width=40"), "png:9,width=40,channels=3");
  EXPECT_EQ(canonical("arith:gzip"), "arith:gzip:6");
  EXPECT_EQ(canonical("residual:med,width=3,format=u8:ppm"), "residual:med,width=3:ppm:6");
  EXPECT_TRUE(Spec::parse("gzip") == Spec::parse("gzip:6"));
  EXPECT_FALSE(Spec::parse("gzip") == Spec::parse("gzip:7"));
  EXPECT_TRUE(Spec() == Spec());
  EXPECT_FALSE(Spec() == Spec::parse("gzip"));
}

TEST(Spec, SetsAnOptionInItsPlace) {
  Spec spec = Spec::parse("png:channels=3");
  spec.set("width", "50");
  spec.set("level", "1");
  spec.set("width", "60");
  EXPECT_EQ(spec.text(), "png:1,width=60,channels=3");
}

TEST(Spec, QuotesWhatWouldMeanSomethingElse) {
  EXPECT_EQ(Spec::parse("lm:models/english").get("path"), "models/english");
  EXPECT_EQ(Spec::parse("lm:a folder").get("path"), "a folder");
  EXPECT_EQ(Spec::parse("lm:007").get("path"), "007");
  EXPECT_EQ(Spec::parse("lm:00").canonical(), "lm:00") << "a path, no number";
  EXPECT_EQ(Spec::parse(R"(lm:"/data/a:b, c")").get("path"), "/data/a:b, c");
  EXPECT_EQ(Spec::parse(R"(lm:"a\"b\\c\nd\x01")").get("path"), "a\"b\\c\nd\x01");
  EXPECT_EQ(Spec::parse("lm:\"a\"").text(), "lm:a") << "quotes go where they aren't needed";
  EXPECT_EQ(Spec::parse("lm:\"a\nb\"").text(), R"(lm:"a\nb")");
  EXPECT_EQ(Spec::parse("lm:\"a=b\",overlap=9").number("overlap"), 9U);
  EXPECT_EQ(Spec::parse("lm:\"a=b\":weights=int8").text(), "lm:\"a=b\",weights=int8");
  EXPECT_EQ(Spec::parse("lm:path=x").text(), "lm:x");
}

// A value of any kind of option that is in its range, as it may be written.
std::string random_value(const OptionInfo& option, Rng& rng) {
  switch (option.kind) {
    case OptionInfo::Kind::kNumber: {
      const std::uint64_t number = option.min + rng.next() % (option.max - option.min + 1);
      const bool has_flag = !option.flag.empty() && below(rng, 2) == 0;
      return std::string(below(rng, 3), '0') + std::to_string(number) +
             (has_flag ? std::string(option.flag) : "");
    }
    case OptionInfo::Kind::kChoice: {
      std::vector<std::string> choices = {""};
      for (const char c : option.choices) {
        if (c == ' ') {
          choices.emplace_back();
        } else {
          choices.back() += c;
        }
      }
      return choices[below(rng, choices.size())];
    }
    case OptionInfo::Kind::kText:
      break;
  }
  constexpr auto kPieces = std::to_array<std::string_view>({"a",
                                                            "/",
                                                            ".",
                                                            " ",
                                                            ":",
                                                            ",",
                                                            "@",
                                                            "=",
                                                            "\"",
                                                            "\\",
                                                            "0",
                                                            "00",
                                                            "007",
                                                            "\xc3\xa9",
                                                            "\xff",
                                                            "\xf0\x9f\x8e\xb2",
                                                            "\n",
                                                            "\r",
                                                            "\t",
                                                            "\x01",
                                                            "\x7f",
                                                            "\\n",
                                                            "\\x41",
                                                            "overlap=3",
                                                            ":weights=int8",
                                                            "gzip:9",
                                                            "english",
                                                            "#",
                                                            "+",
                                                            "[",
                                                            "]",
                                                            "+cm",
                                                            "'",
                                                            "$HOME",
                                                            "%20"});
  std::string path;
  for (std::size_t i = 1 + below(rng, 6); i > 0; --i) path += kPieces[below(rng, kPieces.size())];
  if (below(rng, 9) == 0) path += '\0';
  return path;
}

Spec random_spec(Rng& rng, int depth) {
  const auto rows = model_list();
  const ModelInfo* info = nullptr;
  do {
    info = rows[below(rng, rows.size())];
  } while (depth == 0 && info->inner != ModelInfo::Inner::kNone);
  // Values are set rather than written, so that the test has no parser and no quoting of its own.
  Spec spec = Spec::parse(info->example.empty() ? info->name : info->example);
  for (const OptionInfo& option : info->options) {
    const bool is_needed = &option == info->options.data() && option.fallback.empty();
    if (is_needed || below(rng, 2) == 0) {
      spec.set(option.key, random_value(option, rng));
    }
  }
  if (info->inner == ModelInfo::Inner::kList) spec.inner().resize(2 + below(rng, 3));
  for (Spec& inner : spec.inner()) inner = random_spec(rng, depth - 1);
  return spec;
}

TEST(SpecProperty, WhatIsWrittenParsesBack) {
  Rng rng(1);
  for (int round = 0; round < kRounds; ++round) {
    Spec spec = random_spec(rng, 4);
    if (below(rng, 3) == 0) spec.set_suffix(random_value({.kind = OptionInfo::Kind::kText}, rng));
    const std::string text = spec.text();
    const Spec parsed = Spec::parse(text);
    EXPECT_EQ(parsed.suffix(), spec.suffix()) << text;
    EXPECT_EQ(Spec::parse(parsed.text()).text(), parsed.text()) << text;
    EXPECT_TRUE(Spec::parse(parsed.text()) == parsed) << text;
    const std::string canonical = parsed.canonical();
    EXPECT_EQ(Spec::parse(canonical).canonical(), canonical) << text;
    EXPECT_TRUE(Spec::parse(canonical) == parsed) << text;
    // Each option is what was set, but for zeros before a number.
    for (const OptionInfo& option : find_model_info(spec.name())->options) {
      EXPECT_EQ(parsed.has(option.key), spec.has(option.key)) << text;
      if (option.kind == OptionInfo::Kind::kNumber) {
        EXPECT_EQ(parsed.number(option.key), spec.number(option.key)) << text;
      } else {
        EXPECT_EQ(parsed.get(option.key), spec.get(option.key)) << text;
      }
    }
  }
}

TEST(SpecProperty, APathMayHoldAnyByte) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::string& path : {std::string(1, static_cast<char>(byte)),
                                    std::string("a") + static_cast<char>(byte) + "b"}) {
      Spec spec = Spec::parse("lm:x");
      spec.set("path", path);
      EXPECT_EQ(Spec::parse(spec.text()).get("path"), path) << byte;
      EXPECT_EQ(Spec::parse("arith:" + spec.canonical()).inner()[0].get("path"), path) << byte;
      Spec mixture = Spec::parse("mix:cm+lm:x");
      mixture.inner()[1] = spec;
      EXPECT_EQ(Spec::parse(mixture.canonical()).inner()[1].get("path"), path) << byte;
      mixture.inner()[0] = spec;
      EXPECT_EQ(Spec::parse(mixture.text()).inner()[0].get("path"), path) << byte;
    }
  }
}

// Either it parses, and its text parses back, or it is refused in one line.
void expect_total(std::string_view text) {
  try {
    const Spec spec = Spec::parse(text);
    EXPECT_TRUE(Spec::parse(spec.text()) == spec) << text;
    EXPECT_EQ(canonical(spec.canonical()), spec.canonical()) << text;
  } catch (const Error&) {
    EXPECT_THAT(message_of(text), Not(HasSubstr("\n")));
  }
}

TEST(SpecProperty, AnyTextParsesOrIsRefusedInOneLine) {
  Rng rng(2);
  constexpr auto kPieces = std::to_array<std::string_view>({"gzip",
                                                            "xz",
                                                            "png",
                                                            "lm",
                                                            "arith",
                                                            "residual",
                                                            "med",
                                                            "left",
                                                            "stored",
                                                            "ppm",
                                                            ":",
                                                            ":",
                                                            ":",
                                                            ",",
                                                            ",",
                                                            "@",
                                                            "=",
                                                            "\"",
                                                            "\\",
                                                            "9",
                                                            "0",
                                                            "e",
                                                            "-1",
                                                            " ",
                                                            "width",
                                                            "width=3",
                                                            "cm",
                                                            "\n",
                                                            "\xff",
                                                            "overlap",
                                                            "kind",
                                                            "\\x",
                                                            "4g",
                                                            "path",
                                                            "18446744073709551616",
                                                            "weights=int8",
                                                            "mix",
                                                            "avg",
                                                            "+",
                                                            "+",
                                                            "[",
                                                            "]",
                                                            "mix:cm+"});
  for (int round = 0; round < 5 * kRounds; ++round) {
    std::string text;
    for (std::size_t i = below(rng, 9); i > 0; --i) text += kPieces[below(rng, kPieces.size())];
    expect_total(text);
  }
}

TEST(SpecProperty, ASpecWithABrokenByteParsesOrIsRefusedInOneLine) {
  Rng rng(3);
  for (int round = 0; round < kRounds; ++round) {
    std::string text = random_spec(rng, 3).text();
    const std::size_t at = below(rng, text.size());
    switch (below(rng, 4)) {
      case 0:
        text[at] = static_cast<char>(rng.next());
        break;
      case 1:
        text.erase(at, 1);
        break;
      case 2:
        text.insert(at, 1, ":,@=\"\\ +[]"[below(rng, 10)]);
        break;
      default:
        text.resize(at);
    }
    expect_total(text);
  }
}

TEST(Spec, BoundsItsNesting) {
  std::string text = "gzip";
  for (int i = 0; i < 5; ++i) text = "arith:" + text;
  EXPECT_EQ(message_of(text), "no error");
  std::string outer;
  for (int i = 0; i < 100'000; ++i) outer += "residual:left:";
  text.insert(0, outer);
  EXPECT_THAT(message_of(text).substr(0, 200), StartsWith("residual:left:"));
  EXPECT_THAT(message_of(text), HasSubstr("too many models within each other"));
  EXPECT_LT(message_of(text).size(), 400U);
}

TEST(SpecError, SuggestsTheNearestName) {
  EXPECT_EQ(message_of("gzp"), "gzp: no such model; did you mean gzip? `zipdream list` shows all");
  EXPECT_EQ(message_of("transformer"), "transformer: no such model; `zipdream list` shows all");
  EXPECT_THAT(message_of("arith:gzp"), StartsWith("gzp: no such model; did you mean gzip?"));
  EXPECT_THAT(message_of(""), HasSubstr("no model is named"));
}

TEST(SpecError, NamesTheRangeAndTheNearestLevelWhenItIsOutside) {
  EXPECT_EQ(message_of("gzip:12"), "gzip:12: the level must be 1 to 9; try gzip:9");
  EXPECT_EQ(message_of("gzip:0"), "gzip:0: the level must be 1 to 9; try gzip:1");
  EXPECT_EQ(message_of("ppm:1"), "ppm:1: the order must be 2 to 16; try ppm:2");
  EXPECT_EQ(message_of("arith:gzip:12"), "gzip:12: the level must be 1 to 9; try gzip:9");
  EXPECT_EQ(message_of("png:9,width=0"),
            "png:9,width=0: the width must be 1 to 1000000; try width=1");
}

TEST(SpecError, SuggestsTheDefaultWhenItIsNoNumber) {
  for (const char* level :
       {"best", "9x", " 9", "9 ", "+9", "-3", "0x9", "9.0", "9e", "99999999999999999999"}) {
    EXPECT_EQ(message_of(std::string("gzip:") + level),
              std::string("gzip:") + level + ": the level must be 1 to 9; try gzip:6");
  }
  EXPECT_EQ(message_of("xz:6x"), "xz:6x: the level must be 0 to 9, or 0e to 9e; try xz:6");
  EXPECT_EQ(message_of("png:9,width"), "png:9,width: the width has no value; try width=...");
  EXPECT_EQ(message_of("png:9,width="),
            "png:9,width=: the width must be 1 to 1000000; try width=1");
}

TEST(SpecError, NamesTheOptionsThereAre) {
  EXPECT_EQ(message_of("stored:3"), "stored:3: stored has no options; try stored");
  EXPECT_EQ(message_of("png:9,widht=3"),
            "png:9,widht=3: png has no option 'widht'; did you mean width? its options are level, "
            "width, channels, filters");
  EXPECT_EQ(message_of("gzip:9,6"), "gzip:9,6: gzip has no option '6'; its options are level");
  EXPECT_EQ(message_of("png:9,width=3,width=4"),
            "png:9,width=3,width=4: the width is given twice; "
            "try one of them");
}

TEST(SpecError, AsksForWhatIsMissing) {
  EXPECT_EQ(message_of("lm"), "lm: of which folder?; try lm:DIR");
  EXPECT_EQ(message_of("lm:"), "lm: of which folder?; try lm:DIR");
  EXPECT_EQ(message_of("arith"), "arith: of which model?; try arith:gzip:9");
  EXPECT_EQ(message_of("arith:"), "arith: of which model?; try arith:gzip:9");
  EXPECT_EQ(message_of("residual:med"), "residual:med: of which model?; try residual:med:gzip:9");
  EXPECT_EQ(message_of("residual"), "residual: of which kind?; try residual:med:gzip:9");
  EXPECT_EQ(message_of("gzip:9@"), "gzip:9@: nothing stands behind @; try gzip:9");
  EXPECT_EQ(message_of("lm:\"a@b\"@"), "lm:\"a@b\"@: nothing stands behind @; try lm:\"a@b\"");
}

TEST(SpecError, AsksAMixtureForTwoMembersOrMore) {
  EXPECT_EQ(message_of("mix"), "mix: of which model?; try mix:ppm:6+gzip:9");
  EXPECT_EQ(message_of("mix:"), "mix: of which model?; try mix:ppm:6+gzip:9");
  EXPECT_EQ(message_of("avg:7"), "avg:7: of which model?; try avg:ppm:6+gzip:9");
  EXPECT_EQ(message_of("mix:cm"), "mix:cm: mix takes two models or more; try mix:ppm:6+gzip:9");
  EXPECT_EQ(message_of("mix:avg:gzip:9+cm+ppm:6"),
            "mix:avg:gzip:9+cm+ppm:6: mix takes two models or more; try "
            "mix:[avg:gzip:9+cm]+ppm:6, where brackets end the list within");
  EXPECT_THAT(message_of("mix:cm+"), HasSubstr("no model is named"));
  EXPECT_THAT(message_of("mix:+cm"), HasSubstr("no model is named"));
  EXPECT_THAT(message_of("mix:[cm+ppm"), HasSubstr("a bracket is not closed"));
  EXPECT_THAT(message_of("mix:[[cm]]+ppm"), HasSubstr("no model is named"));
  EXPECT_THAT(message_of("mix:cm+ppm]"), HasSubstr("']' is one too many"));
  EXPECT_THAT(message_of("mix:cm+gzip:99"), StartsWith("gzip:99: the level must be 1 to 9"));
  EXPECT_THAT(message_of("avg:1000001:cm+ppm"), HasSubstr("the share must be 0 to 1000000"));
  EXPECT_EQ(message_of("cm+gzip:9"), "cm+gzip: no such model; a mixture is written mix:cm+gzip");
  std::string many = "mix:cm";
  for (int i = 0; i < 15; ++i) many += "+cm";
  EXPECT_EQ(message_of(many), "no error");
  EXPECT_THAT(message_of(many + "+cm"), HasSubstr("mix takes at most 16 models"));
}

TEST(SpecError, NamesTheChoices) {
  EXPECT_EQ(message_of("residual:foo:cm"),
            "residual:foo: the kind is left, up, average, paeth, med, line or lpc, not 'foo'; try "
            "residual:med:gzip:9");
  EXPECT_EQ(message_of("flac:8,format=u16"),
            "flac:8,format=u16: the format is u8 or s16, not 'u16'; try format=u8");
}

TEST(SpecError, SaysHowAPathIsQuoted) {
  EXPECT_EQ(message_of("lm:a:b"), "lm:a:b: lm is made of no other model; try lm:\"a:b\"");
  EXPECT_EQ(message_of(R"(lm:C:\models)"),
            R"(lm:C:\models: lm is made of no other model; try lm:"C:\\models")");
  EXPECT_EQ(message_of(R"(lm:a\b)"), R"(lm:a\b: '\b' is one too many; try lm:"a\\b")");
  EXPECT_THAT(message_of("lm:a=b"),
              AllOf(StartsWith("lm:a=b: lm has no option 'a'"), EndsWith("in double quotes")));
  EXPECT_THAT(message_of("lm:a,b"),
              AllOf(StartsWith("lm:a,b: lm has no option 'b'"), EndsWith("in double quotes")));
  EXPECT_EQ(message_of("lm:\"a"), "lm:\"a: a double quote is not closed; try lm:\"a\"");
  EXPECT_THAT(message_of(R"(lm:"a\q")"), HasSubstr(R"(a backslash in quotes stands before)"));
  EXPECT_THAT(message_of("lm:a\nb"), HasSubstr("control character"));
}

TEST(SpecError, TellsWhatIsTooMuch) {
  EXPECT_EQ(message_of("gzip:9:6"), "gzip:9:6: gzip is made of no other model; try gzip:9");
  EXPECT_EQ(message_of("gzip::9"), "gzip::9: gzip is made of no other model; try gzip");
  EXPECT_EQ(message_of("gzip:9@a@b"), "gzip:9@a@b: '@b' is one too many; try gzip:9@a");
}

}  // namespace
}  // namespace zipdream
