// SPDX-License-Identifier: GPL-2.0
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Far more than a kernel takes as one argument; a guard against a broken stream. */
#define WIRE_MAX_LEN (4u << 20)

struct wire_head {
	uint32_t type;
	uint32_t len;
};

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

/* Returns 1, 0 at an end before the first byte, or a negative errno. */
static int read_all(int fd, char *data, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, data + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return have ? -EBADMSG : 0;
		have += n;
	}
	return 1;
}

int wire_send(int fd, enum wire_type type, const void *data, size_t len)
{
	struct wire_head head = { .type = type, .len = len };
	int err;

	if (len > WIRE_MAX_LEN)
		return -EMSGSIZE;
	err = write_all(fd, (const char *)&head, sizeof(head));
	return err ? err : write_all(fd, data, len);
}

int wire_send_str(int fd, enum wire_type type, const char *str)
{
	return wire_send(fd, type, str, strlen(str));
}

int wire_recv(int fd, struct wire_msg *msg)
{
	struct wire_head head;
	int ret;

	ret = read_all(fd, (char *)&head, sizeof(head));
	if (ret <= 0)
		return ret;
	if (head.len > WIRE_MAX_LEN)
		return -EBADMSG;
	msg->data = malloc((size_t)head.len + 1);
	if (!msg->data)
		return -ENOMEM;
	ret = head.len ? read_all(fd, msg->data, head.len) : 1;
	if (ret <= 0) {
		wire_msg_exit(msg);
		return ret ? ret : -EBADMSG;
	}
	msg->data[head.len] = '\0';
	msg->type = head.type;
	msg->len = head.len;
	return 1;
}

void wire_msg_exit(struct wire_msg *msg)
{
	free(msg->data);
	msg->data = NULL;
}
