// SPDX-License-Identifier: GPL-2.0
/*
 * scx_userland - loader and user half of the userland scheduler; userland.bpf.c
 * says how the halves work together, tasks.h what the policy is.
 *
 * The main thread schedules. Everything else (statistics, waiting for the end) is
 * done by another one, which is scheduled like any task.
 */
#include "lib/loader.h"
#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <scx/counters.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "tasks.h"
#include "userland.h"

DEFINE_COUNTERS(NR_USERLAND_COUNTERS);
#include "userland.bpf.skel.h"

#define SCHED_EXT 7
#define WATCHER_STACK (256 * 1024)

struct opts {
	u32 batch;
	bool partial;
};

static const struct argp_option options[] = {
	{ "batch", 'b', "N", 0, "Tasks to dispatch at a time (8)", 0 },
	{ "partial", 'p', NULL, 0, "Schedule SCHED_EXT tasks only", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *opts = state->input;

	switch (key) {
	case 'b':
		opts->batch = loader_number(state, "-b", arg, 1, USERLAND_QUEUE_LEN);
		return 0;
	case 'p':
		opts->partial = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load scx_userland: this process decides what runs.",
	.children = loader_argp_children,
};

/* One life of the scheduler, from attach to its end. */
struct run {
	struct userland_bpf *skel;
	struct tasks *tasks;
	u32 batch;
	u64 nr_enqueued;	/* by the user half */
	u64 nr_dispatched;
	struct rusage at_start;
	bool stop;		/* set by the watcher */
};

/* Take all that the kernel half has queued. */
static void drain_enqueued(struct run *run)
{
	int fd = bpf_map__fd(run->skel->maps.enqueued);
	struct userland_task task;
	u64 *nr_scheduled = &run->skel->bss->nr_scheduled;
	u64 *nr_queued = &run->skel->bss->nr_queued;

	while (!bpf_map_lookup_and_delete_elem(fd, NULL, &task)) {
		tasks_add(run->tasks, &task);
		run->nr_enqueued++;
		__atomic_store_n(nr_scheduled, tasks_nr(run->tasks), __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(nr_queued, 1, __ATOMIC_SEQ_CST);
	}
}

/* Give the kernel half the next tasks. */
static void dispatch_batch(struct run *run)
{
	int fd = bpf_map__fd(run->skel->maps.dispatched);
	u32 i;

	for (i = 0; i < run->batch; i++) {
		s32 pid = tasks_take_first(run->tasks);

		if (!pid)
			break;
		if (bpf_map_update_elem(fd, NULL, &pid, 0)) {
			tasks_put_back(run->tasks, pid);
			break;
		}
		run->nr_dispatched++;
	}
	__atomic_store_n(&run->skel->bss->nr_scheduled, tasks_nr(run->tasks), __ATOMIC_SEQ_CST);
}

static void schedule(struct run *run)
{
	while (!__atomic_load_n(&run->stop, __ATOMIC_ACQUIRE)) {
		drain_enqueued(run);
		dispatch_batch(run);
		sched_yield();
	}
}

static void print_stats(void *arg)
{
	const struct run *run = arg;
	struct rusage now;
	u64 n[NR_USERLAND_COUNTERS];
	int i;

	for (i = 0; i < NR_USERLAND_COUNTERS; i++)
		n[i] = counters_sum(run->skel->bss->counters, i);
	getrusage(RUSAGE_SELF, &now);

	printf("o-----------------------o\n");
	printf("| USER HALF             |\n");
	printf("|  enq:      %10lu |\n", run->nr_enqueued);
	printf("|  disp:     %10lu |\n", run->nr_dispatched);
	printf("|  faults:   %10ld |\n",
	       now.ru_minflt + now.ru_majflt - run->at_start.ru_minflt - run->at_start.ru_majflt);
	printf("|-----------------------|\n");
	printf("| KERNEL HALF           |\n");
	printf("|  enq:      %10lu |\n", n[USERLAND_ENQ_USER]);
	printf("|  failed:   %10lu |\n", n[USERLAND_ENQ_FAILED]);
	printf("|  kept:     %10lu |\n", n[USERLAND_ENQ_KERNEL]);
	printf("|  disp:     %10lu |\n", n[USERLAND_DSP]);
	printf("|  failed:   %10lu |\n", n[USERLAND_DSP_FAILED]);
	printf("o-----------------------o\n\n");
}

static void *watch(void *arg)
{
	struct run *run = arg;

	loader_watch(&(struct loader_watch){
		.uei = (void *)&run->skel->data->uei,
		.interval_s = 1,
		.print = print_stats,
		.arg = run,
	});
	__atomic_store_n(&run->stop, true, __ATOMIC_RELEASE);
	return NULL;
}

static pthread_t start_watcher(struct run *run)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	/* All of it gets locked into memory. */
	pthread_attr_setstacksize(&attr, WATCHER_STACK);
	pthread_attr_setinheritsched(&attr, PTHREAD_INHERIT_SCHED);
	err = pthread_create(&thread, &attr, watch, run);
	pthread_attr_destroy(&attr);
	if (err)
		SCX_DIE(err, "could not start the thread that watches");
	return thread;
}

/*
 * Be a task of the class, and never wait for memory. After SCX_OPS_OPEN(), which
 * says so if the kernel has no such class; once more is as good as once.
 */
static void prepare_process(void)
{
	struct sched_param param = {};

	SCX_BUG_ON(mlockall(MCL_CURRENT | MCL_FUTURE), "could not lock the memory of the process");
	SCX_BUG_ON(sched_setscheduler(0, SCHED_EXT, &param), "could not enter policy SCHED_EXT");
}

int main(int argc, char **argv)
{
	struct opts opts = { .batch = 8 };
	struct userland_bpf *skel;
	struct bpf_link *link;
	struct tasks *tasks;
	pthread_t watcher;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	loader_begin();
	do {
		struct run run = { .batch = opts.batch };

		skel = SCX_OPS_OPEN(userland_ops, userland_bpf);
		prepare_process();
		tasks = tasks_create();
		skel->rodata->nr_pids = tasks_nr_pids(tasks);
		skel->rodata->user_pid = getpid();
		if (opts.partial)
			skel->struct_ops.userland_ops->flags |= SCX_OPS_SWITCH_PARTIAL;
		SCX_OPS_LOAD(skel, userland_ops, userland_bpf, uei);
		run.skel = skel;
		run.tasks = tasks;
		watcher = start_watcher(&run);
		getrusage(RUSAGE_SELF, &run.at_start);
		link = SCX_OPS_ATTACH(skel, userland_ops, userland_bpf);
		schedule(&run);
		bpf_link__destroy(link);
		pthread_join(watcher, NULL);
		again = LOADER_REPORT(skel, uei);
		userland_bpf__destroy(skel);
		tasks_destroy(tasks);
	} while (again);
	return loader_status();
}
