// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "experiments/report/comparison_report.h"
#include "experiments/report/page.h"
#include "experiments/surprisal_trace.h"
#include "media/image/imaging.h"
#include "tests/experiments/variants.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const CompareRequest kTwoSamples = {.samples = 2, .seed = 1};

std::string page_of(const MediaJob& job, const std::vector<std::string>& specs,
                    const CompareRequest& request = kTwoSamples) {
  const Origin origin = {
      .version = "1.2.3", .command = "zipdream compare '</script>'", .input = file_facts("x", {})};
  const Comparison comparison = compare(sampling_variants(specs), job, request);
  return comparison_page({job, comparison, origin});
}

// The one block that holds all of the data.
std::string data_block(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t at = page.find(begin);
  EXPECT_NE(at, std::string::npos);
  const std::size_t from = at + begin.size();
  return page.substr(from, page.find("</script>", from) - from);
}

nlohmann::json data_of(const std::string& page) { return nlohmann::json::parse(data_block(page)); }

// What a file of the page begins with, by its id.
std::string file_of(const nlohmann::json& data, const nlohmann::json& id) {
  return data["files"].value(id.get<std::string>(), "");
}

TEST(ComparisonPage, HoldsTheTextsAndTheirSurprisal) {
  const std::string page = page_of(*rhyme_job(), {"ppm:6", "stored"});
  EXPECT_THAT(page, AllOf(StartsWith("<!DOCTYPE html>"), EndsWith("</html>\n")));
  const auto data = data_of(page);
  EXPECT_EQ(data["prompt"]["text"], "the cat sat on the mat, the cat sat on ");
  EXPECT_EQ(data["reference"]["cells"].size(), 12U);
  ASSERT_EQ(data["runs"].size(), 2U);
  const auto& ppm = data["runs"][0];
  EXPECT_EQ(ppm["reference"]["bits_of_bytes"].size(), 12U);
  EXPECT_EQ(ppm["reference"]["alternatives"].size(), 12U);
  EXPECT_EQ(ppm["reference"]["curve"].size(), 12U);
  EXPECT_EQ(ppm["samples"].size(), 2U);
  EXPECT_TRUE(ppm["overview"]["bits_per_byte"].is_number());
  EXPECT_EQ(data["command"], "zipdream compare '</script>'");
}

TEST(ComparisonPage, AsksNothingOfTheNetwork) {
  const std::string page = page_of(*rhyme_job(), {"ppm:6"});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  const std::regex outside(
      R"re((src|href|action|srcset)\s*=\s*["']?(https?:)?//|url\(\s*["']?http|@import|\bfetch\(|XMLHttpRequest|WebSocket)re");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(page, found, outside)) << found.str();
}

TEST(ComparisonPage, TakesNothingOfTheInputForHtml) {
  const std::string nasty = "</script><script>alert(1)</script><!-- {{data}} & \xff\x00\x1b[31m";
  const auto job = make_text_job(to_bytes(nasty), 20, to_bytes("</script>\xc3\xa9\xe2"));
  const std::string page = page_of(*job, {"ppm:6"});
  EXPECT_THAT(data_block(page), AllOf(Not(HasSubstr("<")), Not(HasSubstr("\xff"))));
  const auto data = data_of(page);
  EXPECT_THAT(data["prompt"]["text"].get<std::string>(),
              StartsWith("</script><script>alert(1)</script><!-- {{data}} & \\xff"));
  EXPECT_EQ(data["reference"]["cells"].back(), "\\xe2");
  EXPECT_EQ(data["reference"]["sizes"][9], 2) << "of the character of two bytes";
}

TEST(ComparisonPage, HoldsThePicturesOfAnImage) {
  for (const PromptSide side : {PromptSide::kLeft, PromptSide::kTop}) {
    const auto job = make_image_job(ramp_png(12, 8, 3), {.prompt_side = side});
    const auto data = data_of(page_of(*job, {"gzip:9", "ppm:3"}));
    EXPECT_EQ(data["left_out"], 0);
    EXPECT_EQ(data["prompt"]["parts"]["stacked"], side == PromptSide::kTop);
    const std::string png = "data:image/png;base64,iVBOR";
    EXPECT_THAT(file_of(data, data["prompt"]["picture"]), StartsWith(png));
    EXPECT_THAT(file_of(data, data["reference"]["picture"]), StartsWith(png));
    for (const auto& variant : data["runs"]) {
      EXPECT_THAT(file_of(data, variant["surprisal"]), StartsWith(png));
      for (const auto& sample : variant["samples"]) {
        EXPECT_THAT(file_of(data, sample["picture"]), StartsWith(png));
        EXPECT_THAT(file_of(data, sample["difference"]), StartsWith(png));
      }
    }
  }
}

TEST(ComparisonPage, HoldsAudioAndItsSpectrograms) {
  const AudioOptions options = {.rate = 8000, .prompt_seconds = 0.1, .seconds = 0.05};
  const auto data = data_of(page_of(*make_audio_job(tone_wav(0.2), options), {"ppm:3"}));
  EXPECT_THAT(file_of(data, data["reference"]["audio"]), StartsWith("data:audio/wav;base64,UklGR"));
  for (const auto& sample : data["runs"][0]["samples"]) {
    EXPECT_THAT(file_of(data, sample["audio"]), StartsWith("data:audio/wav;base64,UklGR"));
    EXPECT_THAT(file_of(data, sample["spectrogram"]), StartsWith("data:image/png;base64,iVBOR"));
  }
}

TEST(ComparisonPage, CutsLongTextsAndSaysSo) {
  Bytes text(25000);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<Byte>('a' + i * i % 23);
  const auto job = make_text_job(Bytes(100000, 'p'), 25000, text);
  const std::string page = page_of(*job, {"ppm:2"}, {.samples = 1, .seed = 1});
  EXPECT_LT(page.size(), kMaxPageBytes);
  const auto data = data_of(page);
  EXPECT_EQ(data["prompt"]["omitted"].get<std::size_t>() +
                data["prompt"]["text"].get<std::string>().size(),
            100000U);
  EXPECT_EQ(data["reference"]["bytes"], 25000);
  EXPECT_LE(data["reference"]["cells"].size(), 20000U);
  const auto& reference = data["runs"][0]["reference"];
  EXPECT_EQ(reference["bits_of_bytes"].size(), data["reference"]["cells"].size());
  EXPECT_LT(reference["alternatives"].size(), reference["bits_of_bytes"].size());
  double shown = 0;
  for (const double bits : reference["bits_of_bytes"]) shown += bits;
  EXPECT_GT(reference["bits"].get<double>(), shown + 1) << "of all bytes";
}

TEST(PageAssets, LeaveOutWhatDoesNotFitAndCountIt) {
  const auto job = make_image_job(ramp_png(12, 8, 3), {});
  const Comparison comparison = compare(sampling_variants({"stored"}), *job, kTwoSamples);
  const ComparisonReport report = {*job, comparison, {}};
  const PageAssets all = page_assets(report, 1'000'000);
  EXPECT_EQ(all.files.size(), 7U) << "prompt, reference, surprisal, two samples and differences";
  EXPECT_EQ(all.left_out, 0U);
  const PageAssets some = page_assets(report, 1000);
  EXPECT_GT(some.files.size(), 0U);
  EXPECT_EQ(some.files.size() + some.left_out, 7U);
  EXPECT_NE(some.prompt, "") << "the most important first";
  EXPECT_EQ(page_assets(report, 0).left_out, 7U);
}

TEST(PagePictures, ShowTheGeneratedPartAlone) {
  const auto job = make_image_job(ramp_png(4, 2, 3), {});
  const ImageParts parts = *job->picture(job->reference());
  const Image prompt = prompt_part(parts);
  const Image generated = generated_part(parts, job->reference());
  EXPECT_EQ(prompt.width, 2);
  EXPECT_EQ(generated.width, 2);
  for (int y = 0; y < 2; ++y) {
    const auto row = parts.image.pixels.begin() + y * 12;
    EXPECT_EQ(Bytes(prompt.pixels.begin() + y * 6, prompt.pixels.begin() + y * 6 + 6),
              Bytes(row, row + 6));
    EXPECT_EQ(Bytes(generated.pixels.begin() + y * 6, generated.pixels.begin() + y * 6 + 6),
              Bytes(row + 6, row + 12));
  }
}

TEST(PagePictures, AreBlackWhereNothingDiffersAndWhiteWhereAllDoes) {
  const auto job = make_image_job(ramp_png(2, 2, 1), {});
  const ImageParts parts = *job->picture(job->reference());
  const std::vector<Bytes> ours = {{0}, {255}};
  const std::vector<Bytes> theirs = {{0}, {0}};
  EXPECT_EQ(difference(parts, ours, theirs).pixels, (Bytes{0, 255}));
}

TEST(PagePictures, ColourSurprisalByItsLevel) {
  const auto job = make_image_job(ramp_png(2, 2, 1), {});
  const Image map =
      surprisal_map(*job->picture(job->reference()), SurprisalTrace{.bits = {0.1, 20}});
  const HeatColor low = kHeatColors.front();
  const HeatColor high = kHeatColors.back();
  EXPECT_EQ(map.pixels, (Bytes{low.red, low.green, low.blue, high.red, high.green, high.blue}));
}

}  // namespace
}  // namespace zipdream
