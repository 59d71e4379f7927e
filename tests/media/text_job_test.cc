// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

TEST(TextJob, IsOneSequenceAndItsFileIsPromptAndContinuation) {
  const auto job = make_text_job(to_bytes("ab"), 3);
  ASSERT_EQ(job->sequences().size(), 1U);
  EXPECT_EQ(job->sequences()[0].prompt, to_bytes("ab"));
  EXPECT_EQ(job->sequences()[0].count, 3U);
  const std::vector<Bytes> continuations = {to_bytes("cde")};
  EXPECT_EQ(job->file(continuations, "any.name"), to_bytes("abcde"));
}

TEST(TextJob, KnowsTheTruthItIsGiven) {
  const auto job = make_text_job(to_bytes("ab"), 3, to_bytes("cd"));
  ASSERT_EQ(job->reference().size(), 1U);
  EXPECT_EQ(job->reference()[0], to_bytes("cd"));
  EXPECT_TRUE(make_text_job(to_bytes("ab"), 3)->reference().empty());
}

TEST(TextJob, HasNoView) { EXPECT_THROW((void)make_text_job({}, 1)->view({}), Error); }

}  // namespace
}  // namespace zipdream
