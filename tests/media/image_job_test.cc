// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "media/image/imaging.h"
#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Image ramp(int width, int height, int channels) {
  Image image{width, height, channels, {}};
  for (std::size_t i = 0; i < image.size_bytes(); ++i) {
    image.pixels.push_back(static_cast<Byte>(i * 7));
  }
  return image;
}

Bytes png(const Image& image) { return imaging().encode_png(image, 6); }

// The continuations that restore the original: what stands behind each prompt.
std::vector<Bytes> true_continuations(const Image& image, const MediaJob& job) {
  std::vector<Bytes> continuations;
  std::size_t position = 0;
  for (const Sequence& sequence : job.sequences()) {
    position += sequence.prompt.size();
    const auto begin = image.pixels.begin() + static_cast<std::ptrdiff_t>(position);
    continuations.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(sequence.count));
    position += sequence.count;
  }
  return continuations;
}

TEST(ImageJob, GivesTheLeftPartOfEachRow) {
  const Image image = ramp(10, 4, 1);
  const auto job = make_image_job(png(image), {.prompt_fraction = 0.3});
  ASSERT_EQ(job->sequences().size(), 4U);
  EXPECT_EQ(job->sequences()[2].prompt,
            Bytes(image.pixels.begin() + 20, image.pixels.begin() + 23));
  EXPECT_EQ(job->sequences()[2].count, 7U);
}

TEST(ImageJob, GivesTheLeftPartsOfJointRowsBetweenTheirRightParts) {
  const Image image = ramp(10, 4, 3);
  const auto job = make_image_job(png(image), {.rows = Rows::kJoint, .prompt_fraction = 0.3});
  ASSERT_EQ(job->sequences().size(), 1U);
  const Sequence& sequence = job->sequences()[0];
  EXPECT_EQ(sequence.stride, 21U);
  EXPECT_EQ(sequence.count, 84U);
  Bytes all = sequence.prompt;
  const auto append = [&all](ByteView bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  visit_segments(sequence, job->reference()[0], append, append);
  EXPECT_EQ(all, image.pixels) << "in raster order";
  ASSERT_TRUE(job->rows());
  EXPECT_EQ(job->rows()->width, 10U);
  EXPECT_EQ(job->picture(job->reference())->image.pixels, image.pixels);
}

TEST(ImageJob, ShowsAnInterruptedContinuationOfJointRowsInItsPlace) {
  const Image image = ramp(4, 3, 1);
  const auto job = make_image_job(png(image), {.rows = Rows::kJoint});
  const std::vector<Bytes> begun = {{201, 202, 203}};
  const Bytes pixels = job->picture(begun)->image.pixels;
  EXPECT_EQ(Bytes(pixels.begin() + 2, pixels.begin() + 4), (Bytes{201, 202}));
  EXPECT_EQ(Bytes(pixels.begin() + 6, pixels.begin() + 8), (Bytes{203, 0}));
  EXPECT_EQ(pixels[8], image.pixels[8]);
}

TEST(ImageJob, RefusesToSayOfATopWhoSeesWhom) {
  EXPECT_THROW((void)make_image_job(png(ramp(4, 4, 1)),
                                    {.prompt_side = PromptSide::kTop, .rows = Rows::kJoint}),
               Error);
}

TEST(ImageJob, GivesTheTopRowsAsOneStrand) {
  const Image image = ramp(10, 4, 3);
  const auto job = make_image_job(png(image), {.prompt_side = PromptSide::kTop});
  ASSERT_EQ(job->sequences().size(), 1U);
  EXPECT_EQ(job->sequences()[0].prompt, Bytes(image.pixels.begin(), image.pixels.begin() + 60));
  EXPECT_EQ(job->sequences()[0].count, 60U);
}

TEST(ImageJob, KnowsTheTruthOfWhatIsNotGiven) {
  for (const PromptSide side : {PromptSide::kLeft, PromptSide::kTop}) {
    const Image image = ramp(9, 5, 3);
    const auto job = make_image_job(png(image), {.prompt_side = side});
    const std::vector<Bytes> reference(job->reference().begin(), job->reference().end());
    EXPECT_EQ(reference, true_continuations(image, *job));
  }
}

TEST(ImageJob, ShowsItsPixelsAndItsParts) {
  const Image image = ramp(10, 4, 1);
  const auto job =
      make_image_job(png(image), {.prompt_side = PromptSide::kTop, .prompt_fraction = 0.25});
  const auto parts = job->picture(job->reference());
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->image.pixels, image.pixels);
  EXPECT_EQ(parts->prompt.height, 1);
  EXPECT_EQ(parts->generated.y, 1);
  EXPECT_EQ(parts->generated.height, 3);
  EXPECT_EQ(parts->generated.width, 10);
}

TEST(ImageJob, TellsTheShapeOfItsRowsWhenTheSequenceConsistsOfThem) {
  const Bytes file = png(ramp(10, 4, 3));
  const auto rows = make_image_job(file, {.prompt_side = PromptSide::kTop})->rows();
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->width, 10U);
  EXPECT_EQ(rows->channels, 3U);
  EXPECT_EQ(make_image_job(file, {.gray = true, .prompt_side = PromptSide::kTop})->rows()->channels,
            1U);
  EXPECT_FALSE(make_image_job(file, {.prompt_side = PromptSide::kLeft})->rows().has_value());
}

TEST(ImageJob, PutsTheContinuationsInTheirPlaces) {
  for (const PromptSide side : {PromptSide::kLeft, PromptSide::kTop}) {
    for (const int channels : {1, 3}) {
      const Image image = ramp(9, 5, channels);
      const auto job = make_image_job(png(image), {.prompt_side = side});
      const Bytes file = job->file(true_continuations(image, *job), "x.png");
      EXPECT_EQ(imaging().decode(file, 1 << 20).pixels, image.pixels);
    }
  }
}

TEST(ImageJob, LeavesBlackWhatWasNotGenerated) {
  const Image image = ramp(4, 2, 1);
  const auto job = make_image_job(png(image), {});
  const std::vector<Bytes> continuations = {{}, {9}};
  const Image result = imaging().decode(job->file(continuations, "x.png"), 1 << 20);
  EXPECT_EQ(result.pixels, (Bytes{0, 7, 0, 0, 28, 35, 9, 0}));
}

TEST(ImageJob, AveragesColoursWhenAsked) {
  const Image image{2, 1, 3, {10, 20, 30, 0, 0, 1}};
  const auto job = make_image_job(png(image), {.gray = true});
  EXPECT_EQ(job->sequences()[0].prompt, Bytes{20});
  EXPECT_THAT(job->describe(), HasSubstr("2x1 gray"));
}

TEST(ImageJob, ShrinksToTheLongestSideAllowed) {
  const auto job = make_image_job(png(ramp(40, 20, 1)), {.max_side = 10});
  EXPECT_THAT(job->describe(), HasSubstr("10x5"));
}

TEST(ImageJob, DrawsAViewLargerThanTheImage) {
  const Image image = ramp(12, 8, 3);
  const auto job = make_image_job(png(image), {});
  const Image view = imaging().decode(job->view(true_continuations(image, *job)), 1 << 26);
  EXPECT_GT(view.width, image.width);
  EXPECT_GT(view.height, image.height);
}

TEST(ImageJob, PrimesWithTheWholeImage) {
  const Image image = ramp(6, 3, 1);
  EXPECT_EQ(image_bytes(png(image), {}).bytes, image.pixels);
}

TEST(ImageJob, RefusesWhatItCannotDivide) {
  const auto make = [](const Image& image, ImageOptions options) {
    return [=] { (void)make_image_job(png(image), options); };
  };
  EXPECT_THAT(make(ramp(1, 5, 1), {}), ThrowsMessage<Error>(HasSubstr("1 columns")));
  EXPECT_THAT(make(ramp(5, 1, 1), {.prompt_side = PromptSide::kTop}),
              ThrowsMessage<Error>(HasSubstr("1 rows")));
  for (const double share : {0.0, 1.0, -2.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(make(ramp(5, 5, 1), {.prompt_fraction = share}),
                ThrowsMessage<Error>(HasSubstr("prompt_fraction")));
  }
  EXPECT_THROW((void)make_image_job(as_bytes("no image"), {}), Error);
}

TEST(ImageJob, WritesOnlyPng) {
  const auto job = make_image_job(png(ramp(4, 4, 1)), {});
  EXPECT_NO_THROW(job->check_output_name("out.png"));
  EXPECT_THAT([&] { job->check_output_name("out.jpg"); }, ThrowsMessage<Error>(HasSubstr(".png")));
}

}  // namespace
}  // namespace zipdream
