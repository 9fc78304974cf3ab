/* A plugin of QEMU's user emulation that counts the guest's instructions, of all threads:
 *
 *   qemu-riscv64 -plugin libcount_instructions.so,out=FILE program
 *
 * writes the number into FILE when the program ends. What it needs of qemu-plugin.h is declared here, since
 * Debian has no package with that header: plugin API 1, which QEMU 4.2 to 8.2 has. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block, void (*executed)(unsigned, void*),
                                          enum qemu_plugin_cb_flags flags, void* data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*ended)(qemu_plugin_id_t, void*), void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);

EXPORTED int qemu_plugin_version = 1;

static uint64_t executed;
static char out[4096];

static void count(unsigned cpu, void* instructions) {
    (void)cpu;
    __atomic_fetch_add(&executed, (uintptr_t)instructions, __ATOMIC_RELAXED);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, count, QEMU_PLUGIN_CB_NO_REGS,
                                         (void*)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void ended(qemu_plugin_id_t id, void* data) {
    (void)id;
    (void)data;
    FILE* file = fopen(out, "w");
    if (file == NULL || fprintf(file, "%" PRIu64 "\n", executed) < 0 || fclose(file) != 0) perror(out);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void* about, int count_of_arguments,
                                 char** arguments) {
    (void)about;
    if (count_of_arguments != 1 || strncmp(arguments[0], "out=", 4) != 0 ||
        strlen(arguments[0] + 4) >= sizeof out) {
        fprintf(stderr, "count_instructions takes out=FILE, and nothing else\n");
        return 1;
    }
    strcpy(out, arguments[0] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
