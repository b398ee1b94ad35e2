/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stream.h - bytes from one file descriptor to another, driven by poll(2).
 *
 * A stream reads only when it holds nothing, so a slow reader slows down the writer and nothing
 * piles up. It never blocks on its own: it acts on what poll() said.
 *
 *	OPEN ---- end of input ----> DRAINING ---- last byte written ----> DONE
 *	  `------------ output gone, or stream_close() ----------------------^
 */
#ifndef VM_STREAM_H
#define VM_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct stream {
	int in;			/* -1 once the input has ended; owned */
	int out;		/* -1 once nothing more can be written; owned if @close_out */
	bool close_out;		/* close @out when done, so that its reader sees the end */
	bool broken;		/* the reader of @out went away */
	uint64_t nr_in;		/* bytes read */
	uint64_t nr_out;	/* bytes written */
	uint64_t limit;		/* the input ends after so many bytes; UINT64_MAX: unknown */
	unsigned int off, len;	/* what buf still holds: @len bytes from @off */
	char buf[4096];		/* one page: a pipe that is writable takes it without blocking */
};

/* From @in to @out; either may be -1 for a stream that is done already. */
void stream_init(struct stream *s, int in, int out, bool close_out);

/* Fills the two slots that stream_step() will read; unused ones get fd -1. */
void stream_want(const struct stream *s, struct pollfd pfd[2]);

/* Moves what it can after poll(). */
void stream_step(struct stream *s, const struct pollfd pfd[2]);

/* The input ends after @nr_bytes bytes. */
void stream_set_limit(struct stream *s, uint64_t nr_bytes);

/* Gives up input, output and what is held. */
void stream_close(struct stream *s);

bool stream_is_done(const struct stream *s);

#endif
