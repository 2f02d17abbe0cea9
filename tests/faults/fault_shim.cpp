// Preloaded into vm by the tests of faults: a disk that does not keep what it was given, and memory that is not there.
// vm itself knows nothing of it.
//
//   VM_FAULT_SYNC=N      from the Nth fsync or fdatasync on, all of them fail with EIO
//   VM_FAULT_MEMORY=N    the Nth allocation fails
//   VM_FAULT_MEMORY_ALL  set: so do all after it
//   VM_FAULT_COUNT=FILE  how many allocations there were is written there when the process ends by itself
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

extern "C" {
// glibc's own, so that nothing has to be looked up before the first allocation.
void* __libc_malloc(std::size_t size);                    // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t size); // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* block, std::size_t size);      // NOLINT(bugprone-reserved-identifier)
}

namespace {

std::atomic<long> allocations{0}, syncs{0};
std::atomic<long> memory_at{-1};
long sync_at = -1;
bool all_after = false;
char const* count_file = nullptr;
pid_t watched = 0;

__attribute__((constructor)) void start() {
  if (char const* at = std::getenv("VM_FAULT_SYNC")) sync_at = std::atol(at);
  all_after = std::getenv("VM_FAULT_MEMORY_ALL") != nullptr;
  count_file = std::getenv("VM_FAULT_COUNT");
  watched = getpid();
  allocations = 0;
  if (char const* at = std::getenv("VM_FAULT_MEMORY")) memory_at = std::atol(at);
}

__attribute__((destructor)) void stop() {
  if (!count_file || getpid() != watched) return;
  auto const count = allocations.load();
  memory_at = -1;
  FILE* file = std::fopen(count_file, "w");
  if (!file) return;
  std::fprintf(file, "%ld\n", count);
  std::fclose(file);
}

bool is_refused() {
  auto const number = ++allocations;
  auto const at = memory_at.load();
  if (at < 0 || number < at || (number > at && !all_after)) return false;
  errno = ENOMEM;
  return true;
}

int synced(int descriptor, char const* name) {
  if (sync_at >= 0 && ++syncs >= sync_at) {
    errno = EIO;
    return -1;
  }
  return reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, name))(descriptor);
}

} // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  return is_refused() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return is_refused() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  return size > 0 && is_refused() ? nullptr : __libc_realloc(block, size);
}
int fsync(int descriptor) {
  return synced(descriptor, "fsync");
}
int fdatasync(int descriptor) {
  return synced(descriptor, "fdatasync");
}

} // extern "C"
