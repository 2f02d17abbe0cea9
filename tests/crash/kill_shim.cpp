// Preloaded into vm by the crash suite: ends the process with SIGKILL at the Nth message to a database server or the
// Nth change of a database file. vm itself knows nothing of it.
//
//   VM_CRASH_AT=N          at which of them; unset: never
//   VM_CRASH_WHEN=before   before it goes out, or `after`: it went out and nobody hears the answer
//   VM_CRASH_COUNT=FILE    how many there were is written there when the process ends by itself
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

std::atomic<long> count{0};
long crash_at = -1;
bool crash_after = false;
char const* count_file = nullptr;
pid_t watched = 0;

__attribute__((constructor)) void start() {
  char const* at = std::getenv("VM_CRASH_AT");
  char const* when = std::getenv("VM_CRASH_WHEN");
  if (at) crash_at = std::atol(at);
  crash_after = when && std::strcmp(when, "after") == 0;
  count_file = std::getenv("VM_CRASH_COUNT");
  watched = getpid();
}

__attribute__((destructor)) void stop() {
  if (!count_file || getpid() != watched) return;
  FILE* file = std::fopen(count_file, "w");
  if (!file) return;
  std::fprintf(file, "%ld\n", count.load());
  std::fclose(file);
}

bool is_due() {
  if (getpid() != watched) return false;
  return ++count == crash_at;
}

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

bool is_file(int descriptor) {
  struct stat status {};
  return descriptor > 2 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/// Calls the system's own `name`, with what is asked before and after it.
template<class Function, class... Values>
auto around(Function*& real, char const* name, bool counts, Values... values) {
  if (!real) real = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  bool const due = counts && is_due();
  if (due && !crash_after) die();
  auto const result = real(values...);
  if (due) die();
  return result;
}

} // namespace

extern "C" {

ssize_t send(int descriptor, void const* bytes, size_t size, int flags) {
  static ssize_t (*real)(int, void const*, size_t, int);
  return around(real, "send", true, descriptor, bytes, size, flags);
}

ssize_t write(int descriptor, void const* bytes, size_t size) {
  static ssize_t (*real)(int, void const*, size_t);
  return around(real, "write", is_file(descriptor), descriptor, bytes, size);
}

ssize_t pwrite64(int descriptor, void const* bytes, size_t size, off64_t offset) {
  static ssize_t (*real)(int, void const*, size_t, off64_t);
  return around(real, "pwrite64", true, descriptor, bytes, size, offset);
}

int fdatasync(int descriptor) {
  static int (*real)(int);
  return around(real, "fdatasync", true, descriptor);
}

int fsync(int descriptor) {
  static int (*real)(int);
  return around(real, "fsync", true, descriptor);
}

int ftruncate64(int descriptor, off64_t length) noexcept {
  static int (*real)(int, off64_t);
  return around(real, "ftruncate64", true, descriptor, length);
}

int unlink(char const* path) noexcept {
  static int (*real)(char const*);
  return around(real, "unlink", true, path);
}

} // extern "C"
