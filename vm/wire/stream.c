// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#include <errno.h>
#include <unistd.h>

void stream_init(struct stream *s, int in, int out, bool close_out)
{
	s->in = in;
	s->out = out;
	s->close_out = close_out;
	s->broken = false;
	s->nr_in = 0;
	s->nr_out = 0;
	s->limit = UINT64_MAX;
	s->off = 0;
	s->len = 0;
}

bool stream_is_done(const struct stream *s)
{
	return s->in < 0 && s->out < 0;
}

static void close_input(struct stream *s)
{
	if (s->in >= 0)
		close(s->in);
	s->in = -1;
}

static void close_output(struct stream *s)
{
	if (s->out >= 0 && s->close_out)
		close(s->out);
	s->out = -1;
	s->len = 0;
}

/* Whatever became true since: end of input reached, last byte written. */
static void settle(struct stream *s)
{
	if (s->nr_in >= s->limit)
		close_input(s);
	if (s->in < 0 && !s->len)
		close_output(s);
}

void stream_close(struct stream *s)
{
	close_input(s);
	close_output(s);
}

void stream_set_limit(struct stream *s, uint64_t nr_bytes)
{
	s->limit = nr_bytes;
	settle(s);
}

void stream_want(const struct stream *s, struct pollfd pfd[2])
{
	pfd[0] = (struct pollfd){ .fd = s->len ? -1 : s->in, .events = POLLIN };
	/* Asked for nothing, poll() still tells that the reader has gone. */
	pfd[1] = (struct pollfd){ .fd = s->out, .events = s->len ? POLLOUT : 0 };
}

static void read_some(struct stream *s)
{
	ssize_t n = read(s->in, s->buf, sizeof(s->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_input(s);
		return;
	}
	s->nr_in += n;
	s->off = 0;
	s->len = n;
}

static void write_some(struct stream *s)
{
	ssize_t n = write(s->out, s->buf + s->off, s->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		s->broken = true;
		stream_close(s);
		return;
	}
	s->nr_out += n;
	s->off += n;
	s->len -= n;
}

void stream_step(struct stream *s, const struct pollfd pfd[2])
{
	if (pfd[0].fd >= 0 && pfd[0].fd == s->in && pfd[0].revents)
		read_some(s);
	if (pfd[1].fd >= 0 && pfd[1].fd == s->out) {
		if (pfd[1].revents & POLLOUT)
			write_some(s);
		else if (pfd[1].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			s->broken = true;
			stream_close(s);
		}
	}
	settle(s);
}
