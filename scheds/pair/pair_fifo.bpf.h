/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pair_fifo.bpf.h - the tasks of each cgroup in FIFO order, and the cgroups that
 * have some.
 *
 * A cgroup has a slot in cgrps[]. Its FIFO is a range of numbers; slot and number
 * are a ticket, the key of a pid in one hash map of all FIFOs. Pushing takes a
 * number from tail, stores the pid, then raises len; popping first claims a pid by
 * lowering len, then takes a number from head.
 *
 * A popper may be faster than the pusher that took its number: others, who came
 * later, raised len. It does not wait, as the pusher's CPU may be a virtual one that
 * does not run for long. It marks the number as passed by and goes on to the next;
 * the pusher finds the mark and takes another number. So each number is stored or
 * passed by, once; there are never more claims than pids stored and not taken; and
 * head never passes tail. A slot that goes from one cgroup to the next keeps all
 * three, as some CPU may be amid a pop. What it pops then, if not stale, is of the
 * cgroup that has the slot now.
 *
 * The ticket in task_ctx tells the latest from those that a task has left behind.
 * Enqueue writes it and dequeue clears it, under the lock of the task's runqueue; who
 * has popped a task and queues it again, without that lock, replaces the ticket that it
 * popped and no other.
 *
 * A bit for each slot says whether it has tasks. It is cleared before len is looked at
 * for the last time, and pushers raise len before they look at the bit, so one of the
 * two sees the other.
 */
#ifndef __PAIR_FIFO_BPF_H
#define __PAIR_FIFO_BPF_H

struct cgrp_ctx {
	u64 busy;		/* the slot is taken */
	u64 len;		/* tasks that may be claimed */
	u64 head;		/* next number to pop */
	u64 tail;		/* next number to push */
};

static struct cgrp_ctx cgrps[PAIR_MAX_CGROUPS];

/* Where the search for a free slot begins. */
static u64 next_slot;

/* Cgroup id to its index in cgrps[]. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PAIR_MAX_CGROUPS);
	__type(key, u64);
	__type(value, u32);
} cgrp_slots SEC(".maps");

static const s32 passed_by = 0; /* no task that is queued has this pid */

/* The pids of all FIFOs, or passed_by, by ticket. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PAIR_MAX_QUEUED);
	__type(key, u64);
	__type(value, s32);
} fifos SEC(".maps");

#define WAITING_WORDS (PAIR_MAX_CGROUPS / 64)

/* A bit for each slot: it may have tasks. */
static u64 waiting[WAITING_WORDS];

struct task_ctx {
	u64 ticket;		/* 0 while the task is not queued here */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

static struct cgrp_ctx *cgrp_at(u64 slot)
{
	return ARRAY_ELEM_PTR(cgrps, slot, PAIR_MAX_CGROUPS);
}

/* The slot of the cgroup with @cgid. PAIR_NO_SLOT if it has none. */
static u64 slot_of(u64 cgid)
{
	u32 *slot = bpf_map_lookup_elem(&cgrp_slots, &cgid);

	return slot ? *slot : PAIR_NO_SLOT;
}

/* Give the cgroup with @cgid a slot. -EBUSY if none is free. */
static s32 cgrp_open(u64 cgid)
{
	struct cgrp_ctx *cgrp;
	u32 slot;
	s32 err;

	bpf_repeat(PAIR_MAX_CGROUPS) {
		slot = __sync_fetch_and_add(&next_slot, 1) % PAIR_MAX_CGROUPS;
		cgrp = cgrp_at(slot);
		if (!cgrp)
			break;
		if (__sync_val_compare_and_swap(&cgrp->busy, 0, 1))
			continue;
		err = bpf_map_update_elem(&cgrp_slots, &cgid, &slot, BPF_NOEXIST);
		if (err)
			cgrp->busy = 0;
		return err;
	}
	return -EBUSY;
}

/* @slot has tasks. The barriers keep the results in use: without, the operations are not ordered. */
static void mark_waiting(u64 slot)
{
	u64 *word = ARRAY_ELEM_PTR(waiting, slot / 64, WAITING_WORDS);
	u64 old;

	if (!word)
		return;
	old = __sync_fetch_and_or(word, 1ULL << slot % 64);
	barrier_var(old);
}

/* Whether @slot, of which @word has the bit, does have tasks. */
static bool is_waiting(u64 slot, u64 *word)
{
	struct cgrp_ctx *cgrp = cgrp_at(slot);
	u64 old;

	if (!cgrp)
		return false;
	if (READ_ONCE(cgrp->len))
		return true;
	old = __sync_fetch_and_and(word, ~(1ULL << slot % 64));
	barrier_var(old);
	if (!READ_ONCE(cgrp->len))
		return false;
	mark_waiting(slot);
	return true;
}

/* The first slot of those whose @bits are set in @word, number @nr, that has tasks; or PAIR_NO_SLOT. */
static u64 first_waiting(u64 bits, u64 nr, u64 *word)
{
	u64 slot;
	u32 bit;

	if (!bits)
		return PAIR_NO_SLOT;
	bpf_for(bit, 0, 64) {
		slot = nr * 64 + bit;
		if ((bits >> bit & 1) && is_waiting(slot, word))
			return slot;
	}
	return PAIR_NO_SLOT;
}

/*
 * The next slot after @last, itself the last one round, that has tasks. PAIR_NO_SLOT if none has.
 * Not static, for the verifier to look at it once, and not at each way to each call.
 */
__noinline u64 next_waiting(u64 last)
{
	u64 first = last + 1, slot, bits, nr, *word;
	u32 i;

	bpf_for(i, 0, WAITING_WORDS + 1) {
		nr = (first / 64 + i) % WAITING_WORDS;
		word = ARRAY_ELEM_PTR(waiting, nr, WAITING_WORDS);
		if (!word)
			break;
		bits = READ_ONCE(*word);
		if (i == 0)
			bits &= ~0ULL << first % 64;
		slot = first_waiting(bits, nr, word);
		if (slot != PAIR_NO_SLOT)
			return slot;
	}
	return PAIR_NO_SLOT;
}

/* Never 0. */
static u64 ticket_of(u64 slot, u64 nr)
{
	return (slot + 1) << 48 | nr;
}

/* Store @pid as the last of @slot. 0 or -errno. @from: see fifo_push(). */
static s32 fifo_store(struct cgrp_ctx *cgrp, u64 slot, struct task_ctx *tctx, s32 pid, u64 from)
{
	s32 err = -EEXIST;
	u64 ticket;

	bpf_repeat(PAIR_MAX_QUEUED) {
		ticket = ticket_of(slot, __sync_fetch_and_add(&cgrp->tail, 1));
		if (!from)
			__sync_lock_test_and_set(&tctx->ticket, ticket);
		else if (__sync_val_compare_and_swap(&tctx->ticket, from, ticket) == from)
			from = ticket;
		err = bpf_map_update_elem(&fifos, &ticket, &pid, BPF_NOEXIST);
		if (err != -EEXIST)
			break;
		bpf_map_delete_elem(&fifos, &ticket);
		count(PAIR_PASSED_BY);
	}
	return err;
}

/*
 * Queue @p as the last of @slot. @from is 0 in enqueue; else the ticket with which @p was popped: if
 * it was enqueued anew since, what is queued here is stale.
 */
static void fifo_push(struct task_struct *p, u64 slot, u64 from)
{
	struct task_ctx *tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);
	struct cgrp_ctx *cgrp = cgrp_at(slot);
	s32 err;

	if (!tctx || !cgrp) {
		scx_bpf_error("no data of task %d or of its cgroup", p->pid);
		return;
	}
	err = fifo_store(cgrp, slot, tctx, p->pid, from);
	if (err) {
		scx_bpf_error("cannot queue task %d: %d (at most %d places)", p->pid, err,
			      PAIR_MAX_QUEUED);
		return;
	}
	__sync_fetch_and_add(&cgrp->len, 1);
	mark_waiting(slot);
}

/* @p is not queued any more: what is left of it is stale. */
static void fifo_forget(struct task_struct *p)
{
	struct task_ctx *tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);

	if (tctx)
		__sync_lock_test_and_set(&tctx->ticket, 0);
}

/* Claim one task of the cgroup for fifo_pop(). False if it has none. */
static bool fifo_claim(struct cgrp_ctx *cgrp)
{
	bool claimed = false;
	u64 len;

	bpf_repeat(PAIR_MAX_QUEUED) {
		len = READ_ONCE(cgrp->len);
		if (!len)
			break;
		claimed = __sync_val_compare_and_swap(&cgrp->len, len, len - 1) == len;
		if (claimed)
			break;
	}
	return claimed;
}

/* The next pid of the cgroup, one of which was claimed, and its *@ticket. 0: error. */
static s32 fifo_take(struct cgrp_ctx *cgrp, u64 slot, u64 *ticket)
{
	s32 *found, pid, err = 0;
	u64 key = 0;

	bpf_repeat(PAIR_MAX_QUEUED) {
		key = ticket_of(slot, __sync_fetch_and_add(&cgrp->head, 1));
		found = bpf_map_lookup_elem(&fifos, &key);
		if (!found) {
			err = bpf_map_update_elem(&fifos, &key, &passed_by, BPF_NOEXIST);
			if (!err)
				continue;
			/* stored since the lookup, or this number can be neither used nor marked */
			found = bpf_map_lookup_elem(&fifos, &key);
			if (!found)
				break;
		}
		pid = *found;
		bpf_map_delete_elem(&fifos, &key);
		*ticket = key;
		return pid;
	}
	scx_bpf_error("no task with ticket %llx or before: %d", key, err);
	return 0;
}

/* Whether @p was queued last with @ticket. */
static bool fifo_is_latest(struct task_struct *p, u64 ticket)
{
	struct task_ctx *tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);

	return tctx && READ_ONCE(tctx->ticket) == ticket;
}

/*
 * Pop what was claimed. The task, to be released, and its *@ticket; NULL if it has died or was
 * queued elsewhere since.
 */
static struct task_struct *fifo_pop(struct cgrp_ctx *cgrp, u64 slot, u64 *ticket)
{
	struct task_struct *p = bpf_task_from_pid(fifo_take(cgrp, slot, ticket));

	if (!p)
		return NULL;
	if (fifo_is_latest(p, *ticket))
		return p;
	bpf_task_release(p);
	return NULL;
}

/*
 * The cgroup with @cgid has gone, and with it all its tasks; stale pids may be left. Some CPU may
 * have claimed one and not yet taken it, so they are taken as anybody does.
 */
static void cgrp_close(u64 cgid)
{
	u64 slot = slot_of(cgid), ticket;
	struct cgrp_ctx *cgrp = cgrp_at(slot);

	if (!cgrp)
		return;
	bpf_map_delete_elem(&cgrp_slots, &cgid);
	bpf_repeat(PAIR_MAX_QUEUED) {
		if (!fifo_claim(cgrp))
			break;
		fifo_take(cgrp, slot, &ticket);
	}
	cgrp->busy = 0;
}

#endif /* __PAIR_FIFO_BPF_H */
