// SPDX-License-Identifier: Apache-2.0
// zipdream-train, which `zipdream train` runs: a program of its own, because libtorch takes most of
// a second to load. Parse, train, print one error.
#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "apps/cli/file_use.h"
#include "apps/cli/output.h"
#include "apps/cli/output_kinds.h"
#include "apps/cli/train_options.h"
#include "apps/train/make_peers.h"
#include "base/file_format.h"
#include "base/files.h"
#include "base/process.h"
#include "base/terminal.h"
#include "media/media.h"
#include "models/tokenizers/tokenizer.h"
#include "training/run_state.h"
#include "training/trainer.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitSignal = 128;

template <typename Function>
Function* symbol(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// An OpenBLAS older than the processor falls back to code for the oldest ones, several times slower
// than need be. It reads what to do instead when it is loaded, so the program begins once more.
// REQUIRES: argv is main's; nothing has been done yet.
void choose_blas_kernels([[maybe_unused]] char** argv) {
#if defined(__x86_64__)
  constexpr const char* kChoice = "OPENBLAS_CORETYPE";
  auto* const core_name = symbol<char*()>("openblas_get_corename");
  if (core_name == nullptr || std::getenv(kChoice) != nullptr) return;
  const std::string_view core = core_name();
  const bool is_old = core == "Prescott" || core == "Core2" || core == "Generic";
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!is_old || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
  setenv(kChoice, has_avx512 ? "SkylakeX" : "Haswell", 0);
  execv("/proc/self/exe", argv);  // where that fails it is merely slow
#endif
}

// Whether libtorch multiplies by the reference BLAS, Debian's default, some 40 times slower than
// OpenBLAS, MKL or BLIS.
bool blas_is_reference() {
  for (const char* name :
       {"openblas_get_corename", "mkl_get_version", "MKL_Get_Version", "bli_init"}) {
    if (dlsym(RTLD_DEFAULT, name) != nullptr) return false;
  }
  return dlsym(RTLD_DEFAULT, "sgemm_") != nullptr;
}

// The scratch memory of attention and the gradients are freed and taken again at every step;
// without this they are fresh pages of the system's each time (1.2 to 1.6 times slower).
void keep_memory() {
  constexpr int kHeapReserve = 1 << 28;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2 * (kHeapReserve - 1));
  mallopt(M_TOP_PAD, kHeapReserve);
}

nlohmann::ordered_json as_json(const TrainingResult& result, const std::string& folder) {
  nlohmann::ordered_json json = {{"model", "lm:" + folder},
                                 {"parameters", result.parameters},
                                 {"step", result.step},
                                 {"steps", result.steps},
                                 {"training_bits_per_byte", result.training},
                                 {"held_out_bits_per_byte", nullptr},
                                 {"seconds", result.seconds},
                                 {"bytes_per_second", result.rate},
                                 {"bytes_per_cpu_second", result.cpu_rate},
                                 {"interrupted", result.interrupted}};
  if (result.held_out > 0) json["held_out_bits_per_byte"] = result.held_out;
  return json;
}

void summarise(const TrainingOptions& options, const TrainingResult& result) {
  const std::string& folder = options.request.folder;
  if (options.json)
    write_file(
        "-",
        as_bytes(
            as_json(result, folder).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
            "\n"));
  if (options.request.quiet) return;
  const std::string held_out =
      result.held_out > 0 ? fmt::format(", {:.3f} bits per byte held out", result.held_out) : "";
  tell(
      fmt::format("{}: {} parameters, step {} of {}{}; {} so far, {:.1f} kB/s ({:.1f} per second "
                  "of processor time)",
                  folder, result.parameters, result.step, result.steps, held_out,
                  format_seconds(result.seconds), result.rate / 1000, result.cpu_rate / 1000));
  const bool done = result.step == result.steps;
  tell(done ? fmt::format("try it: zipdream generate lm:{} -p \"The \" -n 300", folder)
            : fmt::format("go on with: zipdream train --resume {}", folder));
}

// A new run learns from texts, and from nothing that is taken for one, unless asked to.
void check_texts(const TrainingOptions& options) {
  if (options.media) return;
  for (const std::string& file : options.plan.files) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error) continue;  // a pipe, or what is refused later
    if (media_of(read_file_start(file, kFormatStartBytes), size, file) == Media::kText) continue;
    throw Error(Error::Kind::kFailure, file, "is an image or audio, and texts are learnt",
                "name a text, or take its bytes with `media` bytes");
  }
}

// A new run has a folder of its own; one that goes on writes over none of its texts.
void check_files(const TrainingOptions& options) {
  const std::string& folder = options.request.folder;
  if (!options.resumes) {
    check_texts(options);
    if (!has_run(folder)) check_new_folder(folder);
    return;
  }
  const TrainingPlan plan = load_run(folder).plan;
  FileUse files;
  for (const std::string& file : plan.files) files.reads(file);
  if (!plan.tokenizer.empty()) files.reads_model_files(tokenizer_files(plan.tokenizer));
  for (const std::string& path : files_of_run(folder)) files.writes("--resume", path);
}

int run(int argc, char** argv) {
  TrainingOptions options;
  const std::optional<std::string> help =
      parse_training_options({argv, static_cast<std::size_t>(argc)}, options);
  if (help) {
    write_file("-", as_bytes(*help));
    return 0;
  }
  const std::unique_ptr<Peers> peers = make_peers(argc, argv);
  options.request.peers = peers.get();
  const bool is_first = peers == nullptr || peers->rank() == 0;
  if (is_first) check_files(options);
  if (options.request.device == "cpu" && !at::hasMKL() && blas_is_reference()) {
    tell(
        "train: libtorch uses the reference BLAS, which is some 40 times slower; install "
        "libopenblas0-pthread");
  }
  const TrainingResult result = options.resumes
                                    ? resume_training(options.request, options.new_steps)
                                    : begin_training(options.plan, options.request);
  if (is_first) summarise(options, result);
  return result.interrupted ? kExitSignal + interrupt_signal() : 0;
}

// libtorch's messages go on for pages; the first line is enough.
std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

int run_and_report(int argc, char** argv) {
  const auto tell = [](const std::string& text) { tell_of_rank(text); };
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    tell(message_of(error));
    return error.kind() == Error::Kind::kUsage ? kExitUsage : kExitFailure;
  } catch (const Interrupted&) {
    tell("interrupted");
    return kExitSignal + interrupt_signal();
  } catch (const c10::Error& error) {
    tell("libtorch: " + first_line(error.what_without_backtrace()) +
         "; if memory ran out, try a smaller --batch");
    return kExitFailure;
  } catch (const std::exception& error) {
    tell(fmt::format("internal error: {}; please report it", first_line(error.what())));
    return kExitFailure;
  }
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  zipdream::choose_blas_kernels(argv);
  zipdream::keep_memory();
  zipdream::handle_interrupts();
  const int code = zipdream::run_and_report(argc, argv);
  if (code != 0) zipdream::leave_peers(code);
  std::fflush(nullptr);
  std::_Exit(code);  // libtorch's destructors take 70 ms
}
