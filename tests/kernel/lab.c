// SPDX-License-Identifier: GPL-2.0
#include "lab.h"

#include <bpf/bpf.h>
#include <stdarg.h>

#include "worker.h"

static char log_text[1 << 20];
static size_t log_len;

static int keep_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	int n;

	if (level == LIBBPF_DEBUG)
		return 0;
	n = vsnprintf(log_text + log_len, sizeof(log_text) - log_len, fmt, args);
	if (n > 0)
		log_len += (size_t)n < sizeof(log_text) - log_len ? (size_t)n :
								    sizeof(log_text) - log_len - 1;
	return n;
}

const char *sched_log(void)
{
	return log_text;
}

void sched_log_clear(void)
{
	log_len = 0;
	log_text[0] = '\0';
}

int sched_load(struct bpf_object_skeleton *skeleton)
{
	int err;

	libbpf_set_print(keep_log);
	sched_log_clear();
	err = bpf_object__load_skeleton(skeleton);
	/* seen when the test fails */
	fputs(sched_log(), stdout);
	return err;
}

struct sched *sched_new(const struct sched *from)
{
	struct sched *s = malloc(sizeof(*s));

	ASSERT_TRUE(s);
	*s = *from;
	return s;
}

int sched_attach(struct sched *s)
{
	s->link = bpf_map__attach_struct_ops(s->ops);
	return s->link ? 0 : -errno;
}

bool sched_lives(const struct sched *s)
{
	return !__atomic_load_n(&s->uei->kind, __ATOMIC_ACQUIRE);
}

void sched_wait_none(void)
{
	ASSERT_TRUE(WAIT_FOR(scx_state_is("disabled")));
}

static void show_end(const struct sched *s)
{
	printf("ended: kind %d code 0x%llx, %s: %s\n", s->uei->kind,
	       (unsigned long long)s->uei->exit_code, (const char *)s->uei->reason,
	       (const char *)s->uei->msg);
}

void sched_stop(struct sched *s)
{
	if (!sched_lives(s))
		show_end(s);
	ASSERT_TRUE(sched_lives(s));
	EXPECT_EQ(bpf_link__destroy(s->link), 0);
	s->link = NULL;
	if (s->uei->kind != KIND_UNREG)
		show_end(s);
	EXPECT_EQ(s->uei->kind, KIND_UNREG);
	EXPECT_TRUE(scx_state_is("disabled"));
	workers_check_alive();
}

void sched_expect_exit(struct sched *s, int kind, const char *msg)
{
	ASSERT_TRUE(WAIT_FOR(!sched_lives(s)));
	show_end(s);
	EXPECT_EQ(s->uei->kind, kind);
	EXPECT_STRHAS((const char *)s->uei->msg, msg);
	EXPECT_TRUE(WAIT_FOR(scx_state_is("disabled")));
	workers_check_alive();
	EXPECT_EQ(bpf_link__destroy(s->link), 0);
	s->link = NULL;
}

int sched_run_prog(const struct sched *s, const char *name, void *ctx, size_t size)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(s->obj, name);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = ctx, .ctx_size_in = size);

	ASSERT_TRUE(prog);
	ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	return opts.retval;
}

long long lab_do(const struct sched *s, struct lab_do *ctx)
{
	ASSERT_EQ(sched_run_prog(s, "lab_do", ctx, sizeof(*ctx)), 0);
	return ctx->ret;
}

/*
 * The journal. An entry has its op + 1, written last.
 */

static u32 nr_entries(const struct sched *s)
{
	u32 nr = JOURNAL_NOW(s);

	return nr < JOURNAL_LEN ? nr : JOURNAL_LEN;
}

static bool entry_is_about(const struct journal_entry *e, pid_t pid)
{
	return pid < 0 || e->pid == pid;
}

u32 journal_count(const struct sched *s, enum journal_op op, pid_t pid)
{
	u32 i, count = 0, nr = nr_entries(s);

	for (i = 0; i < nr; i++)
		if (s->journal[i].op == op + 1 && entry_is_about(&s->journal[i], pid))
			count++;
	return count;
}

const struct journal_entry *journal_find(const struct sched *s, enum journal_op op, pid_t pid,
					 int nth)
{
	u32 i, nr = nr_entries(s);

	if (nth < 0)
		nth += journal_count(s, op, pid);
	for (i = 0; i < nr; i++)
		if (s->journal[i].op == op + 1 && entry_is_about(&s->journal[i], pid) && !nth--)
			return &s->journal[i];
	return NULL;
}

static const char *enq_flags_text(unsigned long long flags, unsigned int task_flags)
{
	static const char *const reasons[] = { "", ":KFUNC", ":IMMED", ":PREEMPTED" };
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s%s", flags & ENQ_WAKEUP ? "WAKEUP" : "",
		 flags & ENQ_REENQ ? "REENQ" : "",
		 flags & ENQ_REENQ ? reasons[(task_flags >> 12) & 3] : "",
		 flags & ENQ_LAST ? "LAST" : "");
	return text[0] ? text : "0";
}

static const char *deq_flags_text(unsigned long long flags)
{
	switch (flags) {
	case 0:
		return "0";
	case DEQ_SLEEP:
		return "SLEEP";
	case DEQ_CORE_SCHED_EXEC:
		return "EXEC";
	case DEQ_SCHED_CHANGE:
		return "CHANGE";
	default:
		return "?";
	}
}

static int entry_text(const struct journal_entry *e, char *text, size_t size)
{
	static const char *const names[] = {
#define JOURNAL_NAME(name) [J_##name] = #name,
		JOURNAL_OPS(JOURNAL_NAME)
#undef JOURNAL_NAME
	};
	const char *name;
	u32 op = e->op - 1;

	if (op >= JOURNAL_NR_OPS)
		return snprintf(text, size, "?");
	name = names[op];
	switch (op) {
	case J_enqueue:
	case J_runnable:
		return snprintf(text, size, "%s(%s)", name, enq_flags_text(e->arg, e->flags));
	case J_dequeue:
	case J_quiescent:
		return snprintf(text, size, "%s(%s)", name, deq_flags_text(e->arg));
	case J_running:
	case J_enable:
	case J_disable:
	case J_select_cpu:
		return snprintf(text, size, "%s", name);
	default:
		return snprintf(text, size, "%s(%lld)", name, (long long)e->arg);
	}
}

/* Is @e the end, and @next the beginning, of two stretches on a CPU with a higher class between? */
static bool is_interruption(const struct journal_entry *e, const struct journal_entry *next)
{
	return e->op == J_stopping + 1 && e->arg && next->op == J_running + 1;
}

const char *journal_story(const struct sched *s, pid_t pid, u32 from)
{
	static char story[1 << 16];
	const struct journal_entry *about[JOURNAL_LEN];
	u32 i, nr = nr_entries(s), nr_about = 0;
	size_t len = 0;

	for (i = from; i < nr; i++)
		if (entry_is_about(&s->journal[i], pid))
			about[nr_about++] = &s->journal[i];

	story[0] = '\0';
	for (i = 0; i < nr_about && len < sizeof(story) - 64; i++) {
		if (i + 1 < nr_about && is_interruption(about[i], about[i + 1])) {
			i++;
			continue;
		}
		if (len)
			story[len++] = ' ';
		len += entry_text(about[i], story + len, sizeof(story) - len);
	}
	return story;
}

/*
 * What brackets what
 */

/* One task, by what was called for it so far. */
struct life {
	pid_t pid;
	bool known, enabled, runnable, running;
	bool enqueued;	/* and not dequeued since */
};

static struct life *life_of(struct life *lives, int *nr, pid_t pid)
{
	int i;

	for (i = 0; i < *nr; i++)
		if (lives[i].pid == pid)
			return &lives[i];
	lives[*nr] = (struct life){ .pid = pid };
	return &lives[(*nr)++];
}

/* Take @e into @life. False if it must not come now. */
static bool life_goes_on(struct life *life, const struct journal_entry *e)
{
	bool ok = true;

	switch (e->op - 1) {
	case J_init_task:
		ok = !life->known;
		life->known = true;
		break;
	case J_exit_task:
		ok = life->known && !life->enabled;
		/* its number may be given to another task */
		*life = (struct life){ .pid = life->pid };
		break;
	case J_enable:
		ok = life->known && !life->enabled;
		life->enabled = true;
		break;
	case J_disable:
		ok = life->enabled && !life->runnable;
		life->enabled = false;
		break;
	case J_runnable:
		ok = life->enabled && !life->runnable;
		life->runnable = true;
		break;
	case J_quiescent:
		ok = life->runnable && !life->running;
		life->runnable = false;
		break;
	case J_running:
		ok = life->runnable && !life->running;
		life->running = true;
		break;
	case J_stopping:
		ok = life->running;
		life->running = false;
		break;
	case J_enqueue:
		ok = life->runnable && !life->running;
		life->enqueued = true;
		break;
	case J_dequeue:
		ok = life->enqueued;
		life->enqueued = false;
		break;
	case J_set_weight:
	case J_set_cpumask:
		ok = life->enabled;
		break;
	}
	return ok;
}

void journal_check(const struct sched *s)
{
	static struct life lives[JOURNAL_LEN];
	u32 i, nr = nr_entries(s);
	int nr_lives = 0;

	/* all of it, and the end, too */
	EXPECT_LT(JOURNAL_NOW(s), JOURNAL_LEN);
	EXPECT_GT(nr, 0);
	for (i = 0; i < nr; i++) {
		const struct journal_entry *e = &s->journal[i];
		struct life *life;
		char text[64];

		if (!e->pid || e->op == J_cpu_release + 1)
			continue;
		life = life_of(lives, &nr_lives, e->pid);
		if (EXPECT_TRUE(life_goes_on(life, e)))
			continue;
		entry_text(e, text, sizeof(text));
		printf("%s of %d: entry %u\n", text, e->pid, i);
	}
	for (i = 0; i < (u32)nr_lives; i++)
		if (!EXPECT_FALSE(lives[i].known))
			printf("task %d is still known\n", lives[i].pid);
}
