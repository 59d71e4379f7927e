// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/guarded_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "zipdream/codec.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxRegions = 1024;

// nullptr where there is none. A handler reads the words of other threads' regions while these come
// and go, but follows only the one that its own fault lies in, and that one lives: the thread that
// faulted is working in it.
constinit std::array<std::atomic<GuardedPages*>, kMaxRegions> regions{};
constinit struct sigaction previous_action {};

void open_page(GuardedPages& pages, std::size_t page, std::size_t size) {
  std::memcpy(pages.saved + page * size, pages.data + page * size, size);
  pages.is_open[page] = 1;
  pages.opened[pages.open_count++] = static_cast<std::uint32_t>(page);
}

// Each change of protection splits a mapping, and the kernel gives only so many mappings to a
// process. When they have run out the region becomes one again, everything in it saved.
bool open_all(GuardedPages& pages, std::size_t size) {
  for (std::size_t page = 0; page < pages.count; ++page) {
    if (!pages.is_open[page]) open_page(pages, page, size);
  }
  return mprotect(pages.data, pages.count * size, PROT_READ | PROT_WRITE) == 0;
}

bool open_page_at(GuardedPages& pages, std::uintptr_t address) {
  const std::size_t size = page_size();
  const std::uintptr_t offset = address - reinterpret_cast<std::uintptr_t>(pages.data);
  const std::size_t page = offset / size;
  if (page >= pages.count || pages.is_open[page]) return false;
  open_page(pages, page, size);
  if (mprotect(pages.data + page * size, size, PROT_READ | PROT_WRITE) == 0) return true;
  return open_all(pages, size);
}

void forget_opened(GuardedPages& pages) {
  for (std::size_t i = 0; i < pages.open_count; ++i) pages.is_open[pages.opened[i]] = 0;
  pages.open_count = 0;
}

// The pages from `begin` on.
bool protect(GuardedPages& pages, std::size_t begin) {
  const std::size_t size = page_size();
  const std::size_t bytes = (pages.count - begin) * size;
  if (bytes == 0 || mprotect(pages.data + begin * size, bytes, PROT_READ) == 0) return true;
  unguard(pages);  // some may have been changed
  return false;
}

bool handle_fault(std::uintptr_t address) {
  for (const std::atomic<GuardedPages*>& word : regions) {
    GuardedPages* const region = word.load(std::memory_order_acquire);
    const auto begin = reinterpret_cast<std::uintptr_t>(region);
    if (region == nullptr || address < begin || address - begin >= kRegionBytes) continue;
    return open_page_at(*region, address);
  }
  return false;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool is_handled =
      info->si_code == SEGV_ACCERR && handle_fault(reinterpret_cast<std::uintptr_t>(info->si_addr));
  errno = saved_errno;
  if (is_handled) return;
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler == SIG_DFL || previous_action.sa_handler == SIG_IGN) {
    sigaction(SIGSEGV, &previous_action, nullptr);  // the write is tried again, without us
  } else {
    previous_action.sa_handler(signal);
  }
}

void install_handler() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, nullptr, &previous_action);
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

void use_page_guards() {
  static std::once_flag once;
  std::call_once(once, install_handler);
}

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

bool faults_are_handled() {
  struct sigaction current {};
  return sigaction(SIGSEGV, nullptr, &current) == 0 && (current.sa_flags & SA_SIGINFO) != 0 &&
         current.sa_sigaction == on_fault;
}

bool register_region(GuardedPages& region) {
  for (std::atomic<GuardedPages*>& word : regions) {
    GuardedPages* none = nullptr;
    if (word.compare_exchange_strong(none, &region)) return true;
  }
  return false;
}

void forget_region(GuardedPages& region) {
  for (std::atomic<GuardedPages*>& word : regions) {
    GuardedPages* mine = &region;
    if (word.compare_exchange_strong(mine, nullptr)) return;
  }
}

bool guard(GuardedPages& pages, std::size_t count) {
  assert(count >= pages.count);
  const std::size_t begin = std::exchange(pages.count, count);
  return protect(pages, begin);
}

bool close_pages(GuardedPages& pages) {
  forget_opened(pages);
  // One call over everything: pages that are closed need not be told apart.
  return protect(pages, 0);
}

void unguard(GuardedPages& pages) {
  if (pages.count != 0) {
    mprotect(pages.data, pages.count * page_size(), PROT_READ | PROT_WRITE);
  }
  forget_opened(pages);
  pages.count = 0;
}

}  // namespace zipdream
