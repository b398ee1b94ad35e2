// SPDX-License-Identifier: GPL-2.0
/* Streams between file descriptors, and messages on one. */
#include "vm/wire/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "vm/wire/wire.h"

/* A stream from one pipe to another, and the test's ends of both. */
struct rig {
	struct stream stream;
	int to, from;
};

static void rig_init(struct rig *rig)
{
	int in[2], out[2];

	signal(SIGPIPE, SIG_IGN);
	ASSERT_EQ(pipe2(in, O_NONBLOCK), 0);
	ASSERT_EQ(pipe2(out, O_NONBLOCK), 0);
	stream_init(&rig->stream, in[0], out[1], true);
	rig->to = in[1];
	rig->from = out[0];
}

static void rig_exit(struct rig *rig)
{
	stream_close(&rig->stream);
	close(rig->to);
	close(rig->from);
}

/* Steps until nothing is ready any more. */
static void rig_settle(struct rig *rig)
{
	struct pollfd pfd[2];

	do {
		stream_want(&rig->stream, pfd);
		if (poll(pfd, 2, 0) <= 0)
			return;
		stream_step(&rig->stream, pfd);
	} while (!stream_is_done(&rig->stream));
}

TEST(bytes_arrive_and_then_the_end)
{
	struct rig rig;
	char buf[16];

	rig_init(&rig);
	ASSERT_EQ(write(rig.to, "hello", 5), 5);
	rig_settle(&rig);
	EXPECT_EQ(read(rig.from, buf, sizeof(buf)), 5);
	EXPECT_TRUE(!memcmp(buf, "hello", 5));
	EXPECT_FALSE(stream_is_done(&rig.stream));

	close(rig.to);
	rig_settle(&rig);
	EXPECT_TRUE(stream_is_done(&rig.stream));
	EXPECT_FALSE(rig.stream.broken);
	EXPECT_EQ(read(rig.from, buf, sizeof(buf)), 0);
	EXPECT_EQ(rig.stream.nr_in, 5);
	EXPECT_EQ(rig.stream.nr_out, 5);
	rig_exit(&rig);
}

TEST(a_full_output_holds_the_input_back_and_loses_nothing)
{
	static char buf[8192];
	size_t nr_in = 0, nr_out = 0;
	struct rig rig;
	ssize_t n;

	rig_init(&rig);
	do {
		n = write(rig.to, buf, sizeof(buf));
		nr_in += n > 0 ? n : 0;
		rig_settle(&rig);
	} while (n > 0);
	EXPECT_EQ(errno, EAGAIN);
	EXPECT_LT(rig.stream.nr_in, nr_in);

	close(rig.to);
	while (!stream_is_done(&rig.stream)) {
		while ((n = read(rig.from, buf, sizeof(buf))) > 0)
			nr_out += n;
		rig_settle(&rig);
	}
	while ((n = read(rig.from, buf, sizeof(buf))) > 0)
		nr_out += n;
	EXPECT_EQ(nr_out, nr_in);
	rig_exit(&rig);
}

TEST(a_reader_that_has_gone_is_noticed_without_writing)
{
	struct rig rig;

	rig_init(&rig);
	close(rig.from);
	rig_settle(&rig);
	EXPECT_TRUE(rig.stream.broken);
	EXPECT_TRUE(stream_is_done(&rig.stream));
	/* The writer learns it, too. */
	EXPECT_EQ(write(rig.to, "x", 1), -1);
	EXPECT_EQ(errno, EPIPE);
	rig_exit(&rig);
}

TEST(a_limit_ends_the_stream_where_the_input_stays_open)
{
	struct rig rig;
	char buf[16];

	rig_init(&rig);
	ASSERT_EQ(write(rig.to, "hello", 5), 5);
	stream_set_limit(&rig.stream, 5);
	EXPECT_FALSE(stream_is_done(&rig.stream));
	rig_settle(&rig);
	EXPECT_TRUE(stream_is_done(&rig.stream));
	EXPECT_EQ(read(rig.from, buf, sizeof(buf)), 5);
	EXPECT_EQ(read(rig.from, buf, sizeof(buf)), 0);
	rig_exit(&rig);

	rig_init(&rig);
	stream_set_limit(&rig.stream, 0);
	EXPECT_TRUE(stream_is_done(&rig.stream));
	rig_exit(&rig);
}

TEST(messages_arrive_whole_and_in_order)
{
	struct wire_msg msg;
	int pair[2];

	ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	EXPECT_EQ(wire_send_str(pair[0], WIRE_ARG, "one"), 0);
	EXPECT_EQ(wire_send(pair[0], WIRE_START, NULL, 0), 0);
	close(pair[0]);

	ASSERT_EQ(wire_recv(pair[1], &msg), 1);
	EXPECT_EQ(msg.type, WIRE_ARG);
	EXPECT_EQ(msg.len, 3);
	EXPECT_STREQ(msg.data, "one");
	wire_msg_exit(&msg);
	ASSERT_EQ(wire_recv(pair[1], &msg), 1);
	EXPECT_EQ(msg.type, WIRE_START);
	EXPECT_EQ(msg.len, 0);
	wire_msg_exit(&msg);
	EXPECT_EQ(wire_recv(pair[1], &msg), 0);
	close(pair[1]);
}

TEST(what_is_no_message_is_refused)
{
	static const unsigned char huge[] = { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	static const unsigned char cut[] = { 1, 0, 0, 0, 4, 0, 0, 0, 'a' };
	struct wire_msg msg;
	int pair[2];

	ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ASSERT_EQ(write(pair[0], huge, sizeof(huge)), sizeof(huge));
	EXPECT_EQ(wire_recv(pair[1], &msg), -EBADMSG);
	ASSERT_EQ(write(pair[0], cut, sizeof(cut)), sizeof(cut));
	close(pair[0]);
	EXPECT_EQ(wire_recv(pair[1], &msg), -EBADMSG);
	close(pair[1]);
}
