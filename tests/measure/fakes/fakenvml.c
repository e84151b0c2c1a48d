/* A libnvidia-ml.so.1 that says what a control file tells it to. The file, named by FAKE_NVML_STATE, is mapped: whoever
   writes it decides what every call answers, at once. With `live` set, energy grows at `power_mw` in real time and the
   counter steps every 100 ms, as real ones do. Layout: struct state below; written by nvml.py beside this file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID = 2, NOT_SUPPORTED = 3, INSUFFICIENT = 7, DEVICES = 4, PIDS = 64 };

struct device {
  uint64_t energy_mj, live_since_ns;
  uint32_t power_mw, limit_mw, utilisation, mig;
  uint32_t energy_code, power_code, utilisation_code, limit_code, handle_code, pids_code, pid_count, live;
  uint32_t pids[PIDS];
  char name[96], uuid[96];
};

struct state {
  uint32_t init_code, count, inits, pad;
  struct device devices[DEVICES];
};

static struct state *state;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int nvmlInit_v2(void) {
  const char *path = getenv("FAKE_NVML_STATE");
  int fd = path ? open(path, O_RDWR) : -1;
  if (fd < 0) return 9;
  if (state) munmap(state, sizeof *state);
  state = mmap(0, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (state == MAP_FAILED) { state = 0; return 999; }
  if (!state->init_code) state->inits++;
  return (int)state->init_code;
}

int nvmlShutdown(void) {
  if (!state) return 1;
  if (state->inits) state->inits--;
  return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *out, unsigned n) { strncpy(out, "550.54.15", n); return SUCCESS; }

int nvmlDeviceGetCount_v2(unsigned *n) { *n = state->count; return SUCCESS; }

int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **out) {
  if (i >= state->count) return INVALID;
  *out = &state->devices[i];
  return (int)state->devices[i].handle_code;
}

int nvmlDeviceGetName(void *d, char *out, unsigned n) { strncpy(out, ((struct device *)d)->name, n); return SUCCESS; }
int nvmlDeviceGetUUID(void *d, char *out, unsigned n) { strncpy(out, ((struct device *)d)->uuid, n); return SUCCESS; }

int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *out) {
  struct device *x = d;
  uint64_t grown = x->live ? (now_ns() - x->live_since_ns) / 100000000u * x->power_mw / 10 : 0;
  *out = x->energy_mj + grown;
  return (int)x->energy_code;
}

int nvmlDeviceGetPowerUsage(void *d, unsigned *out) {
  *out = ((struct device *)d)->power_mw;
  return (int)((struct device *)d)->power_code;
}

int nvmlDeviceGetEnforcedPowerLimit(void *d, unsigned *out) {
  *out = ((struct device *)d)->limit_mw;
  return (int)((struct device *)d)->limit_code;
}

int nvmlDeviceGetUtilizationRates(void *d, unsigned *out) {
  out[0] = ((struct device *)d)->utilisation;
  out[1] = 0;
  return (int)((struct device *)d)->utilisation_code;
}

int nvmlDeviceGetMigMode(void *d, unsigned *current, unsigned *pending) {
  *current = *pending = ((struct device *)d)->mig;
  return SUCCESS;
}

struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };

int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *count, struct process *out) {
  struct device *x = d;
  if (x->pids_code) return (int)x->pids_code;
  unsigned room = *count;
  *count = x->pid_count;
  if (room < x->pid_count) return INSUFFICIENT;
  for (unsigned i = 0; i < x->pid_count; i++) out[i] = (struct process){x->pids[i], 1 << 20, ~0u, ~0u};
  return SUCCESS;
}
